#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/process.hh"
#include "base/unique_fd.hh"
#include "vm/run_directory.hh"

namespace rootlayer::disk {

/// A guestfish (guestfish(1)) that is told one command after another. All that it writes lies in a directory
/// of its own, which goes, and its machine with it, when this does, however we end.
class Guestfish final {
  public:
    struct Options {
        std::vector<std::string> environment; ///< "K=V", besides ours
        std::string directory;                ///< absolute; in it the own one is made
        CancelToken cancel;
        /// It is given up when it says and takes nothing for so long.
        std::chrono::milliseconds timeouts = std::chrono::minutes(10);
    };
    /// Starts it; `what` is what its errors are about: the disk "x.img". Throws Error{System} when it is not
    /// installed.
    Guestfish(std::string what, Options options);
    ~Guestfish();
    Guestfish(const Guestfish&) = delete;
    Guestfish& operator=(const Guestfish&) = delete;

    /// A word of a command, quoted so that nothing in it is a command.
    static std::string word(std::string_view text);
    /// PATH/name in its directory.
    std::string file(const std::string& name) const { return m_directory.file(name); }

    /// Runs a command; the lines that it prints. A "-" before the command: its failure is none.
    std::vector<std::string> ask(const std::string& command);
    /// Begins the last command, one that writes to "-"; then read() gives that, and 0 when all went well.
    void tellLast(const std::string& command);
    std::size_t read(std::span<char> buffer);
    /// Begins a command that reads from inputName(); feed() gives it bytes, endInput() their end.
    void tell(const std::string& command) { send(command + "\n"); }
    std::string inputName() const;
    void feed(std::string_view bytes);
    void endInput() { m_input.reset(); }
    /// Waits until it has done all that it was told.
    void finish();

  private:
    void start();
    void send(std::string_view text);
    void write(int fd, std::string_view bytes);
    bool readMore();
    std::size_t readSome(std::span<char> buffer);
    [[noreturn]] void fail();

    std::string m_what;
    Options m_options;
    vm::RunDirectory m_directory;
    UniqueFd m_commands;
    UniqueFd m_output;
    UniqueFd m_inputReader;
    UniqueFd m_input;
    std::string m_marker; ///< ends each answer: nothing that is on a disk can hold it
    std::string m_answer; ///< what has come and is not looked at yet
    std::optional<Child> m_child;
};

} // namespace rootlayer::disk
