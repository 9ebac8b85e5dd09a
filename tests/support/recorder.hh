#pragma once

#include <string>
#include <vector>

#include <rootlayer/event.hh>

namespace rootlayer::test {

/// Records events.
class Recorder final : public Observer {
  public:
    void onEvent(const Event& event) override {
        if (event.kind == Event::Kind::Output) (event.stream == 1 ? out : err) += event.text;
        if (event.kind == Event::Kind::Warning) warnings.emplace_back(event.text);
        if (event.kind == Event::Kind::Note) notes.emplace_back(event.text);
        if (event.kind == Event::Kind::PhaseStarted) phases.emplace_back(event.phase);
    }

    std::string out;
    std::string err;
    std::vector<std::string> warnings;
    std::vector<std::string> notes;
    std::vector<std::string> phases;
};

} // namespace rootlayer::test
