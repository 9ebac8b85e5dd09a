# Image builders with the names and arguments of nixpkgs' dockerTools, made by rootlayer instead of a VM of
# nixpkgs. Needs no nixpkgs: see docs/from-dockertools.md.
#
#     let tools = import ./integrations/nix { rootlayer = "/usr/bin/rootlayer"; };
#     in tools.buildLayeredImage { name = "hello"; contents = [ hello ]; config.Cmd = [ "/bin/hello" ]; }
{
  # The command: a path, or a package with bin/rootlayer.
  rootlayer ? "/usr/bin/rootlayer",
  # Where a build finds the programs that rootlayer starts (QEMU, tar2sqfs, mke2fs) and those of the host's shell.
  path ? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  # The shell of builders.
  shell ? "/bin/sh",
  # The shell of binSh, in the image: a package with bin/bash, or a path.
  bash ? "/bin/bash",
  system ? builtins.currentSystem,
}:

let
  command = if builtins.isString rootlayer then rootlayer else "${rootlayer}/bin/rootlayer";

  # --- Arguments -----------------------------------------------------------------------------------------

  fail = function: text: throw "rootlayer: ${function}: ${text}";
  isText = value: builtins.isString value || builtins.isPath value;
  isItem = value: isText value || (builtins.isAttrs value && value ? outPath);
  types = {
    text = { is = isText; name = "a string"; };
    number = { is = builtins.isInt; name = "a number"; };
    flag = { is = builtins.isBool; name = "true or false"; };
    set = { is = builtins.isAttrs; name = "a set"; };
    item = { is = isItem; name = "a path or a derivation"; };
    items = {
      is = value: isItem value || (builtins.isList value && builtins.all isItem value);
      name = "a path, a derivation, or a list of them";
    };
  };
  optional = type: {
    is = value: value == null || type.is value;
    name = "${type.name}, or null";
  };

  # A function whose arguments are checked: `known` has the type of each, `required` the names of some.
  checked = function: required: known: body: args:
    let
      given = builtins.attrNames args;
      wrong = builtins.filter (name: known ? ${name} && !(known.${name}.is args.${name})) given;
      unknown = builtins.filter (name: !(known ? ${name})) given;
      missing = builtins.filter (name: !(args ? ${name})) required;
      first = builtins.head;
      names = builtins.concatStringsSep ", " (builtins.attrNames known);
    in
    if !builtins.isAttrs args then fail function "takes a set of arguments, not a ${builtins.typeOf args}"
    else if missing != [ ] then fail function "the argument ${first missing} is missing"
    else if unknown != [ ] then fail function "there is no argument ${first unknown}; there are ${names}"
    else if wrong != [ ] then
      fail function
        "the argument ${first wrong} is a ${builtins.typeOf args.${first wrong}}, not ${known.${first wrong}.name}"
    else body args;

  # --- Pieces of command lines ---------------------------------------------------------------------------

  quote = text: "'" + builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text) + "'";
  line = words: builtins.concatStringsSep " " (map quote words);
  lower =
    builtins.replaceStrings
      [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ]
      [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  listOf = value: if value == null then [ ] else if builtins.isList value then value else [ value ];
  fileName = name: builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] (baseNameOf name);
  # An image without a tag gets one from the store path of what describes it, which changes with its inputs.
  tagOf = tag: described:
    if tag != null then lower tag
    else builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext described));

  build = name: attributes: script:
    derivation ({
      inherit name system;
      builder = shell;
      args = [ "-e" "-c" "export PATH=${path}\n${script}" ];
      preferLocalBuild = true;
    } // attributes);

  textFile = name: text: build name { inherit text; passAsFile = [ "text" ]; } ''cp "$textPath" "$out"'';

  # The references of paths and of what a text names, as Nix gives them to a build; the result keeps all of them.
  graphOf = name: contents: config:
    build "${name}-closure.json"
      {
        __structuredAttrs = true; # $out is not in the environment then
        exportReferencesGraph.closure = contents ++ [ config ];
        without = [ config ];
      } ''
      cp "''${NIX_ATTRS_JSON_FILE:-.attrs.json}" ${builtins.placeholder "out"}
    '';

  base = { fromImage ? null, fromImageName ? null, fromImageTag ? null, ... }:
    if fromImage == null then [ ]
    else if fromImageName == null then [ "--from" "docker-archive:${toString fromImage}" ]
    else [
      "--from"
      "docker-archive:${toString fromImage}:${fromImageName}:${if fromImageTag == null then "latest" else fromImageTag}"
    ];
  hasText = text: text != null && text != "";
  # An option with a script of this text, if there is any.
  script = option: name: text:
    if !hasText text then [ ] else [ option (textFile "${name}.sh" "#!/bin/sh\nset -e\n${text}\n") ];
  scriptOf = name: { runAsRoot ? null, extraCommands ? "", ... }:
    script "--script" name runAsRoot ++ script "--after" "${name}-extra" extraCommands;
  contentsOf = { uid ? 0, gid ? 0, keepContentsDirlinks ? true, ... }: contents:
    let fields = ",uid=${toString uid},gid=${toString gid}${if keepContentsDirlinks then "" else ",dirlinks=follow"}";
    in builtins.concatLists (map (item: [ "--contents" "${item}${fields}" ]) contents);
  createdOf = { created ? "1970-01-01T00:00:01Z", ... }: [ "--created" created ];
  diskOf = { diskSize ? null, ... }:
    if diskSize == null then [ ] else [ "--disk-size" "${toString diskSize}M" ];

  imageArguments = {
    name = types.text;
    tag = optional types.text;
    contents = optional types.items;
    config = optional types.set;
    created = types.text;
    extraCommands = types.text;
  };
  baseArguments = {
    fromImage = optional types.item;
    fromImageName = optional types.text;
    fromImageTag = optional types.text;
    diskSize = types.number;
  };

  # What an image is made of, without its tag. The paths that the config names are in it, as those of the contents.
  optionsOf = name: args:
    let
      config = textFile "${name}-config.json" (builtins.toJSON (if (args.config or null) == null then { } else args.config));
      contents = listOf (args.contents or null);
    in
    base args ++ [ "--closure" (graphOf name contents config) "--config-json" config ]
    ++ contentsOf args contents ++ scriptOf name args ++ createdOf args ++ diskOf args;

  image = name: args: options:
    let
      tag = tagOf (args.tag or null) (builtins.toFile "options" (builtins.unsafeDiscardStringContext (line options)));
    in
    build "docker-image-${name}.tar.gz" { } ''
      ${quote command} build ${line options} --name ${quote "${lower args.name}:${tag}"} \
        --compression gzip --output "docker-archive:$out"
    '' // { imageName = lower args.name; imageTag = tag; };
in
rec {
  buildImage = checked "buildImage" [ "name" ]
    (imageArguments // baseArguments // {
      keepContentsDirlinks = types.flag;
      runAsRoot = optional types.text;
      uid = types.number;
      gid = types.number;
    })
    (args: image (fileName args.name) args (optionsOf (fileName args.name) ({ keepContentsDirlinks = false; } // args)));

  layeredArguments = imageArguments // { maxLayers = types.number; fromImage = optional types.item; };
  layeredOptions = args:
    if (args.maxLayers or 100) < 2 then fail "buildLayeredImage" "the argument maxLayers is less than 2"
    else optionsOf (fileName args.name) args ++ [ "--layered" "--max-layers" (args.maxLayers or 100) ];

  buildLayeredImage = checked "buildLayeredImage" [ "name" ] layeredArguments
    (args: image (fileName args.name) args (layeredOptions args));

  # A program that writes the image to its standard output.
  streamLayeredImage = checked "streamLayeredImage" [ "name" ] layeredArguments (args:
    let
      name = fileName args.name;
      options = layeredOptions args;
      tag = tagOf (args.tag or null) (builtins.toFile "options" (builtins.unsafeDiscardStringContext (line options)));
      text = "#!${shell}\nexec ${quote command} build ${line options} "
        + "--name ${quote "${lower args.name}:${tag}"} --output docker-archive:-\n";
    in
    build "stream-${name}" { inherit text; passAsFile = [ "text" ]; } ''
      cp "$textPath" "$out"
      chmod +x "$out"
    '' // { imageName = lower args.name; imageTag = tag; isExe = true; });

  # A fixed output: Nix gives it the network, and checks its sha256.
  pullImage = checked "pullImage" [ "imageName" "imageDigest" "sha256" ]
    {
      imageName = types.text;
      imageDigest = types.text;
      sha256 = types.text;
      os = types.text;
      arch = types.text;
      finalImageName = types.text;
      finalImageTag = types.text;
      name = types.text;
    }
    ({ imageName, imageDigest, sha256, os ? "linux", arch ? "amd64", finalImageName ? imageName
     , finalImageTag ? "latest", name ? "docker-image-${fileName finalImageName}-${finalImageTag}.tar" }:
      build name
        {
          outputHashMode = "flat";
          outputHashAlgo = "sha256";
          outputHash = sha256;
          impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
        } ''
        ${quote command} pull ${quote "${imageName}@${imageDigest}"} --os ${quote os} --arch ${quote arch} \
          --name ${quote "${finalImageName}:${finalImageTag}"} --output "docker-archive:$out"
      '');

  # The files of an image as a tar.
  exportImage = checked "exportImage" [ "fromImage" ] (baseArguments // { name = types.text; })
    (args: build (args.name or "${args.fromImage.name or "image"}-export") { } ''
      ${quote command} export --output "$out" ${quote (builtins.elemAt (base args) 1)}
    '');

  # What scripts change on an image, as $out/layer.tar. preMount and postUmount start where the layer's directory is
  # `layer`.
  runWithOverlay = checked "runWithOverlay" [ "name" ]
    (baseArguments // {
      name = types.text;
      preMount = types.text;
      postMount = types.text;
      postUmount = types.text;
    })
    (args:
      let
        step = option: start: field:
          if !hasText (args.${field} or "") then [ ]
          else script option "${args.name}-${field}" "${start}${args.${field}}";
        steps = step "--before" "cd /\n" "preMount" ++ step "--script" "" "postMount"
          ++ step "--after" "cd /\n" "postUmount";
        options = base args ++ diskOf args
          ++ (if steps == [ ] then [ "--script" (textFile "nothing.sh" "#!/bin/sh\n") ] else steps);
      in
      build args.name { } ''
        mkdir "$out"
        ${quote command} run ${line options} --output "$out/layer.tar"
      '');

  # For runAsRoot: the files about users and groups, where they are absent.
  shadowSetup = ''
    mkdir -p /etc/pam.d
    [ -f /etc/passwd ] || printf 'root:x:0:0:root:/root:/bin/sh\n' > /etc/passwd
    [ -f /etc/shadow ] || { printf 'root:!:1::::::\n' > /etc/shadow; chmod 0640 /etc/shadow; }
    [ -f /etc/group ] || printf 'root:x:0:\n' > /etc/group
    [ -f /etc/gshadow ] || { printf 'root:!::\n' > /etc/gshadow; chmod 0640 /etc/gshadow; }
    [ -f /etc/pam.d/other ] || printf '%s\n' 'auth required pam_deny.so' 'account required pam_deny.so' \
      'password required pam_deny.so' 'session required pam_deny.so' > /etc/pam.d/other
    [ -f /etc/login.defs ] || : > /etc/login.defs
  '';

  # Names for root and nobody, for programs that look them up.
  fakeNss = build "fake-nss" { } ''
    mkdir -p "$out/etc" "$out/var/empty"
    printf '%s\n' 'root:x:0:0:root:/var/empty:/bin/sh' 'nobody:x:65534:65534:nobody:/var/empty:/bin/sh' \
      > "$out/etc/passwd"
    printf '%s\n' 'root:x:0:' 'nobody:x:65534:' > "$out/etc/group"
    printf '%s\n' 'hosts: files dns' > "$out/etc/nsswitch.conf"
  '';

  # /bin/sh for images whose programs want one.
  binSh = build "bin-sh" { } ''
    mkdir -p "$out/bin"
    ln -s ${quote (if builtins.isString bash then bash else "${bash}/bin/bash")} "$out/bin/sh"
  '';
}
