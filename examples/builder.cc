// Builds two layers with librootlayer, and shows progress. The second run uses a VM that was prepared while
// the first one ran.
//
//   c++ -std=c++20 builder.cc $(pkg-config --cflags --libs rootlayer) -o builder
//   ./builder tar:debian.tar OUTPUT-DIRECTORY [auto|kvm|tcg]
#include <cstdint>
#include <iostream>
#include <string>

#include <rootlayer/rootlayer.hh>

namespace {

class Progress final : public rootlayer::Observer {
  public:
    void onEvent(const rootlayer::Event& event) override {
        using Kind = rootlayer::Event::Kind;
        if (event.kind == Kind::PhaseFinished) {
            std::cerr << event.phase << ": " << event.elapsed.count() / 1000 << " ms\n";
        } else if (event.kind == Kind::Warning || event.kind == Kind::Note) {
            std::cerr << event.text << '\n';
        }
    }
};

rootlayer::Acceleration accelerationOf(const std::string& name) {
    if (name == "kvm") return rootlayer::Acceleration::Kvm;
    if (name == "tcg") return rootlayer::Acceleration::Tcg;
    return rootlayer::Acceleration::Auto;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: builder BASE OUTPUT-DIRECTORY [auto|kvm|tcg]\n";
        return 2;
    }
    const std::string directory = argv[2];
    try {
        // Keep one Builder for the life of the program: a process can have only one libvirt connection.
        rootlayer::StandbyMachine next;
        next.maxMemory = std::uint64_t{2} << 30;
        rootlayer::Builder builder(rootlayer::Settings::fromEnvironment(), next);
        Progress progress;

        rootlayer::RunSpec spec;
        spec.from = argv[1];
        spec.machine.acceleration = accelerationOf(argc > 3 ? argv[3] : "auto");
        for (const std::string step : {"one", "two"}) {
            spec.script = {step, "echo " + step + " > /" + step + "\n"};
            spec.output = directory + "/" + step + ".tar";
            const auto result = builder.run(spec, progress);
            if (result.exitStatus != 0) {
                std::cerr << result.exitReason << '\n';
                return result.exitStatus;
            }
            std::cout << step << ' ' << result.diffId << '\n';
        }
    } catch (const rootlayer::Error& error) {
        std::cerr << error.what() << (error.hint().empty() ? "" : "\n  try: ") << error.hint() << '\n';
        return 125;
    }
    return 0;
}
