#include "vm/libvirt/libvirt_connection.hh"

#include <cstdlib>
#include <fmt/format.h>
#include <libvirt/virterror.h>
#include <map>
#include <unistd.h>

#include "base/escape.hh"
#include "vm/qemu_user.hh"

namespace rootlayer::vm {

namespace {

void ignoreError(void*, virErrorPtr) {}

/// Changes an environment variable for the life of this object. Some settings of libvirt have no other
/// interface. No other code of the library changes the environment.
class Variable final {
  public:
    Variable(const char* name, const std::string& value) : m_name(name) {
        if (const char* before = ::getenv(name)) m_before = before;
        ::setenv(name, value.c_str(), 1);
    }
    ~Variable() {
        if (m_before) {
            ::setenv(m_name, m_before->c_str(), 1);
        } else {
            ::unsetenv(m_name);
        }
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* m_name;
    std::optional<std::string> m_before;
};

/// By default libvirt prints errors and warnings to our stderr. Errors are thrown instead, and warnings go to
/// a file.
void initialize(const std::string& log) {
    virSetErrorFunc(nullptr, ignoreError);
    const bool chosen = ::getenv("LIBVIRT_LOG_OUTPUTS") != nullptr;
    std::optional<Variable> outputs;
    // libvirt splits the variable at white space and cannot quote it.
    const bool nameable = log.find_first_of(" \t\n") == std::string::npos;
    if (!chosen) outputs.emplace("LIBVIRT_LOG_OUTPUTS", "3:file:" + (nameable ? log : "/dev/null"));
    if (virInitialize() != 0) throw libvirtError("cannot start libvirt");
}

/// The embedded driver also writes to the user's directories, which may not exist. Redirect those to its
/// root.
virConnectPtr openEmbedded(const EmbedRoot& root) {
    const Variable runtime("XDG_RUNTIME_DIR", root.path());
    const Variable cache("XDG_CACHE_HOME", root.path());
    return virConnectOpen(root.uri().c_str());
}

/// Must be called before the first connection is opened. The loop runs until the process ends.
void startEventLoop() {
    if (virEventRegisterDefaultImpl() != 0) throw libvirtError("cannot start libvirt's event loop");
    const Background loop([] {
        while (virEventRunDefaultImpl() == 0) {
        }
    });
}

/// The connections of this process. They live until its end. A forked child, which has the memory but not
/// libvirt's threads, leaves them alone.
class Registry final {
  public:
    struct Entry {
        std::shared_ptr<LibvirtConnection> connection;
        std::shared_ptr<Background> opening;
    };

    ~Registry() {
        if (m_owner == ::getpid()) return;
        for (auto& [uri, entry] : m_entries)
            new std::shared_ptr<LibvirtConnection>(std::move(entry.connection));
    }

    std::mutex mutex;
    std::map<std::string, Entry>& entries() { return m_entries; }

  private:
    pid_t m_owner = ::getpid();
    std::map<std::string, Entry> m_entries;
};

Registry& registry() {
    static Registry theRegistry;
    return theRegistry;
}

bool hasDacLabels(virConnectPtr connect) {
    const std::unique_ptr<char, decltype(&std::free)> xml(virConnectGetCapabilities(connect), std::free);
    return xml && std::string_view(xml.get()).find("<model>dac</model>") != std::string_view::npos;
}

} // namespace

LibvirtConnection::LibvirtConnection(std::string uri, const std::string& runtimeDirectory,
                                     const std::string& capabilityCache)
    : m_uri(std::move(uri)) {
    if (m_uri.empty()) m_root.emplace(runtimeDirectory, capabilityCache);
    initialize(m_root ? m_root->libvirtLog() : "/dev/null");
}

/// The connection is not closed: this runs at the end of the process, when no machine is left.
LibvirtConnection::~LibvirtConnection() = default;

void LibvirtConnection::open() {
    if (m_root) provideQemuUser(m_root->path());
    static std::once_flag once;
    std::call_once(once, startEventLoop);
    m_connect = m_root ? openEmbedded(*m_root) : virConnectOpen(m_uri.c_str());
    if (m_connect == nullptr) {
        throw libvirtError(m_root ? "cannot open libvirt's QEMU driver"
                                  : fmt::format("cannot open {}", quote(m_uri)));
    }
    if (hasDacLabels(m_connect)) m_options.owner = DomainOptions::Owner{::geteuid(), ::getegid()};
    saveCapabilities();
}

void LibvirtConnection::saveCapabilities() {
    if (!m_root) return;
    try {
        m_root->saveCapabilities();
    } catch (const Error& error) {
        // Not fatal: the next process needs some seconds more.
        const std::scoped_lock lock(m_mutex);
        m_warning = fmt::format("cannot cache libvirt's capabilities of QEMU: {}", error.what());
    }
}

std::string LibvirtConnection::takeWarning() {
    const std::scoped_lock lock(m_mutex);
    return std::exchange(m_warning, {});
}

std::shared_ptr<LibvirtConnection> LibvirtConnection::get(const std::string& uri,
                                                          const std::string& runtimeDirectory,
                                                          const std::string& capabilityCache,
                                                          Deadline deadline, const CancelToken* cancel) {
    Registry::Entry entry;
    {
        const std::scoped_lock lock(registry().mutex);
        auto& kept = registry().entries()[uri];
        if (!kept.opening) {
            kept.connection = std::make_shared<LibvirtConnection>(uri, runtimeDirectory, capabilityCache);
            kept.opening =
                std::make_shared<Background>([connection = kept.connection] { connection->open(); });
        }
        entry = kept;
    }
    try {
        if (entry.opening->wait(deadline, cancel)) return entry.connection;
    } catch (const Error& error) {
        // After a failure the next call tries again. After a cancellation the opening continues.
        const std::scoped_lock lock(registry().mutex);
        auto& kept = registry().entries()[uri];
        if (error.code() != ErrorCode::Cancelled && kept.opening == entry.opening) kept = {};
        throw;
    }
    throw Error(ErrorCode::Timeout, "libvirt did not open its QEMU driver in time",
                "the first time takes some seconds longer: try again");
}

} // namespace rootlayer::vm
