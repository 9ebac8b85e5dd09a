#pragma once

#include "manual/command.hh"

namespace rootlayer::manual {

/// A command with one of each: a group of commands, options of two groups, an argument, and signs that roff
/// and shells treat in their own ways.
inline Command sampleCommand() {
    Command run;
    run.path = "tool run";
    run.summary = "run a script";
    run.description = "it's a test: \\ and [brackets]";
    run.examples = {"tool run -o out.tar", ".hidden 'file'"};
    run.statuses = "0 success; 125 tool failed; the script's own";
    run.arguments = {{"FILE", "FILE", "what to run", true, false}};
    run.options = {
        {{"-o", "--output"}, "FILE|-", "where to write; [default]: it's out.tar", "TOOL_OUTPUT", "Output"},
        {{"--accel"}, "auto|kvm", "the accelerator", "TOOL_ACCEL", "Machine"},
        {{"--template", "--no-template"}, "", "start from a snapshot", "TOOL_TEMPLATE", "Machine"},
        {{"-h", "--help"}, "", "show this help", "", "Other"}};
    run.takesRest = true;
    Command list;
    list.path = "tool cache ls";
    list.summary = "list";
    Command cache;
    cache.path = "tool cache";
    cache.summary = "the cache";
    cache.commands = {list};
    Command tool;
    tool.path = "tool";
    tool.summary = "a tool";
    tool.commands = {run, cache};
    return tool;
}

} // namespace rootlayer::manual
