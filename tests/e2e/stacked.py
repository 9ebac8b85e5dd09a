"""A base of several layers with deletions at several levels, and scripts that change the merged tree."""
import tarfile

import cases
import images

# Each layer is created once below each of these names, which say what the script does there.
SCRIPTS = {
    "untouched": "",
    "removed": "for name in *; do rm -r \"$name\"; done\n",
    "remade": r"""
for name in *; do
    if [ -d "$name" ]; then rm -r "$name"; mkdir "$name"; echo > "$name/from1"; mkdir "$name/sub"; echo > "$name/sub/new"
    else rm "$name"; mkdir "$name"; echo > "$name/x"; fi
done
mkdir gone-file gone-directory; echo > gone-directory/x
""",
    "changed": r"""
for name in $(find . -type d); do echo > "$name/added"; done
for name in $(find . -type f -name 'from*'); do echo more >> "$name"; done
""",
    "thinned": "for name in $(find . -mindepth 2 -name '*2*' ! -type d); do rm \"$name\"; done; chmod 711 */sub\n",
    "renamed": "for name in *; do mv \"$name\" \"$name.new\"; done\n",
    "swapped": "for name in *; do rm -r \"$name\"; ln -s nowhere \"$name\"; done; mkfifo gone-file\n",
    "links": r"""
for name in $(find . -type f -name 'from*'); do ln "$name" "$name.link"; done
rm -f both/from1 twice/from2; echo > hard-links/one.more; rm hard-links/three
""",
}


def first(tree):
    for name in ("both", "opaque", "opaque-late", "gone-directory", "twice", "again", "becomes-file", "hidden-again"):
        tree.directory(name, f"{name}/sub", f"{name}/sub/deep", mtime=1_000_000_100)
        tree.files(f"{name}/from1", f"{name}/sub/from1", f"{name}/sub/deep/from1", f"{name}/all")
    tree.files("gone-file", "becomes-directory", "comes-back")
    tree.directory("hard-links")
    tree.files("hard-links/one")
    tree.link("hard-links/two", "hard-links/one")
    tree.link("hard-links/three", "hard-links/one")


def second(tree):
    tree.directory("both", "both/sub", mode=0o711, uid=3, xattrs={"user.layer": "2"})
    tree.files("both/from2", "both/sub/from2", "both/all")
    tree.directory("opaque")
    tree.opaque("opaque")
    tree.files("opaque/from2", "opaque/all")
    # Without a directory, to which umoci would give the current time.
    tree.directory("opaque-late")
    tree.files("opaque-late/from2", "opaque-late/from22")
    tree.opaque("opaque-late")
    tree.whiteouts("gone-file", "gone-directory", "comes-back", "twice")
    # Removed and there, in one layer [B5]: see DISPUTED.
    tree.directory("twice", "twice/sub")
    tree.files("twice/from2", "twice/sub/from2")
    tree.directory("again", "again/sub")
    tree.whiteouts("again/from1", "again/sub/deep")
    tree.files("becomes-file")
    tree.directory("becomes-directory", "becomes-directory/sub")
    tree.files("becomes-directory/from2", "becomes-directory/sub/from2")
    tree.directory("hidden-again")
    tree.opaque("hidden-again")
    tree.directory("hidden-again/sub")
    tree.files("hidden-again/from2", "hidden-again/sub/from2")
    tree.directory("hard-links")
    tree.whiteouts("hard-links/two")


def third(tree):
    tree.directory("both")
    tree.whiteouts("both/from1")
    tree.files("both/from3", "both/all")
    tree.directory("opaque")
    tree.whiteouts("opaque/from2")
    tree.files("opaque/from3")
    tree.files("comes-back")
    tree.directory("again", "again/sub", "again/sub/deep")
    tree.files("again/from1", "again/sub/deep/from3")
    tree.directory("hidden-again", "hidden-again/sub")
    tree.opaque("hidden-again/sub")
    tree.files("hidden-again/sub/from3")
    tree.whiteouts("becomes-directory/sub", "becomes-file")
    tree.directory("becomes-directory")
    tree.directory("hard-links")
    tree.files("hard-links/four")
    tree.link("hard-links/five", "hard-links/four")


def fourth(tree):
    """Four small layers are shown to the guest as directories of one disk."""
    tree.directory("both", "opaque")
    tree.files("both/from4")
    tree.whiteouts("opaque/from3", "comes-back")
    tree.directory("hard-links")
    tree.whiteouts("hard-links/five")


# The tools that apply a layer as overlayfs's upper directory ignore a deletion if the same layer has a directory of that name:
# the lower content is visible again. GNU tar, umoci and rootlayer follow the image-spec: a deletion applies to lower layers.
DISPUTED = b"/twice/"

LAYERS = (first, second, third, fourth)


def layers(directory):
    """Paths of the layers' tars, made in the directory."""
    for number, fill in enumerate(LAYERS):
        def below_each(tar, fill=fill):
            tree = images.TarTree(tar)
            tree.directory("lay")
            for name in SCRIPTS:
                tree.directory(f"lay/{name}")
                fill(cases.Below(tree, f"lay/{name}"))
        path = directory / f"layer-{number}.tar"
        path.write_bytes(images.layer_bytes(below_each, format=tarfile.PAX_FORMAT))
        yield path


def script_of_all():
    return "".join(f"cd /lay/{name}\n{script}" for name, script in SCRIPTS.items()) + "cd /\n"
