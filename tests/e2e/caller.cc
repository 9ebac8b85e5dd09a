// A program that calls the library repeatedly with one Builder. Each line on stdin is a run, which is
// answered by a line on stdout. For the tests of standby machines, and for scripts/bench.
//
//   caller BASE MOST-MEMORY-THAT-MAY-WAIT LONGEST-WAIT-IN-SECONDS [kvm]
//   SCRIPT-FILE OUTPUT MEMORY  ->  START DIFF-ID SECONDS
#include <chrono>
#include <iostream>
#include <sstream>
#include <string>

#include <rootlayer/rootlayer.hh>

namespace {

class Silent final : public rootlayer::Observer {
  public:
    void onEvent(const rootlayer::Event&) override {}
};

void answer(rootlayer::Builder& builder, rootlayer::RunSpec spec, const std::string& line) {
    std::string script;
    std::istringstream(line) >> script >> spec.output >> spec.machine.memory;
    spec.script = rootlayer::ScriptSpec::fromFile(script);
    Silent observer;
    const auto began = std::chrono::steady_clock::now();
    const auto result = builder.run(spec, observer);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << result.start << ' ' << result.diffId << ' ' << took.count() << std::endl;
    for (const auto& phase : result.phases)
        std::cerr << phase.phase << ' ' << phase.elapsed.count() / 1000.0 << "  ";
    std::cerr << '\n';
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) return 2;
    try {
        rootlayer::StandbyMachine next;
        next.maxMemory = std::stoull(argv[2]);
        next.maxWait = std::chrono::seconds(std::stoi(argv[3]));
        rootlayer::Builder builder(rootlayer::Settings::fromEnvironment(), next);
        rootlayer::RunSpec spec;
        spec.from = argv[1];
        spec.machine.acceleration = argc == 5 ? rootlayer::Acceleration::Kvm : rootlayer::Acceleration::Tcg;
        for (std::string line; std::getline(std::cin, line);)
            answer(builder, spec, line);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 125;
    }
    return 0;
}
