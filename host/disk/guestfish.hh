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

/// A guestfish(1) process that gets its commands one by one. It writes only into its own temporary directory.
/// The directory and the appliance are gone when this object is destroyed, and also if we are killed.
class Guestfish final {
  public:
    struct Options {
        std::vector<std::string> environment; ///< "K=V", added to ours
        std::string directory;                ///< absolute; parent of the temporary directory
        CancelToken cancel;
        /// Maximum time in which guestfish neither writes nor reads anything.
        std::chrono::milliseconds timeout = std::chrono::minutes(10);
    };
    /// Starts guestfish. `what` names the disk in error messages: the disk "x.img". Throws Error{System} if
    /// guestfish is not installed.
    Guestfish(std::string what, Options options);
    ~Guestfish();
    Guestfish(const Guestfish&) = delete;
    Guestfish& operator=(const Guestfish&) = delete;

    /// Quotes a word of a command, so that no part of it is interpreted.
    static std::string word(std::string_view text);
    /// The path of a file in the temporary directory.
    std::string file(const std::string& name) const { return m_directory.file(name); }

    /// Runs a command and returns the lines that it prints. If the command starts with "-", its failure is
    /// ignored.
    std::vector<std::string> ask(const std::string& command);
    /// Starts the last command, which writes to "-". read() then returns its output, and 0 if all commands
    /// have succeeded; it throws otherwise.
    void tellLast(const std::string& command);
    std::size_t read(std::span<char> buffer);
    /// Starts a command that reads from inputName(). feed() passes bytes to it, endInput() ends them.
    void tell(const std::string& command) { send(command + "\n"); }
    std::string inputName() const;
    void feed(std::string_view bytes);
    void endInput() { m_input.reset(); }
    /// Waits until all commands are done and guestfish has exited.
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
    std::string m_marker; ///< ends each answer; random, so that no data on a disk can contain it
    std::string m_answer; ///< received but not consumed yet
    std::optional<Child> m_child;
};

} // namespace rootlayer::disk
