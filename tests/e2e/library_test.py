"""The installed library, as another project uses it."""
import os
import shutil
import subprocess
import unittest

import harness

CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(consumer CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(rootlayer REQUIRED)
add_executable(builder builder.cc)
target_link_libraries(builder PRIVATE rootlayer::rootlayer)
"""


class Library(harness.Machine):
    def build(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, timeout=harness.LONG, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_program_of_others_builds_two_layers(self):
        prefix = self.directory / "prefix"
        self.build("cmake", "--install", harness.BUILD, "--prefix", prefix)
        library = next(prefix.rglob("librootlayer.so")).parent
        source = harness.TOP / "examples" / "builder.cc"

        with self.subTest("pkg-config, after the tree was moved"):
            moved = self.directory / "moved"
            shutil.copytree(prefix, moved, symlinks=True)
            place = moved / library.relative_to(prefix)
            flags = self.build("pkg-config", "--cflags", "--libs", "rootlayer",
                               env={**os.environ, "PKG_CONFIG_PATH": str(place / "pkgconfig")}).split()
            self.assertEqual([os.path.normpath(flag[2:]) for flag in flags if flag[:2] in ("-I", "-L")],
                             [str(moved / "include"), str(place)])
            self.build("c++", "-std=c++20", source, *flags, "-o", self.directory / "builder")
        with self.subTest("find_package"):
            consumer = self.directory / "consumer"
            consumer.mkdir()
            (consumer / "CMakeLists.txt").write_text(CMAKE)
            shutil.copy(source, consumer)
            self.build("cmake", "-S", consumer, "-B", consumer / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
            self.build("cmake", "--build", consumer / "build")
            done = self.build(consumer / "build" / "builder", "scratch", self.directory, "tcg", env=self.environment())
            self.assertEqual([line.split()[0] for line in done.splitlines()], ["one", "two"])
            self.assertEqual(list(harness.members(self.directory / "two.tar")), ["two"])
        with self.subTest("the installed command"):
            self.assertIn("rootlayer", self.build(prefix / "bin" / "rootlayer", "version"))

    def test_public_headers_name_no_library_of_others(self):
        for directory in ("host/include/rootlayer", "src/base/include/rootlayer"):
            for header in (harness.TOP / directory).glob("*.hh"):
                for word in ("libvirt/", "virConnect", "virDomain", "fmt/", "fmt::", "nlohmann", "archive.h"):
                    self.assertNotIn(word, header.read_text(), header)


if __name__ == "__main__":
    unittest.main()
