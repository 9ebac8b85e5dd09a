#include "guest-agent/network/lookup_program.hh"

#include <cstddef>
#include <cstdint>
#include <linux/bpf.h>
#include <map>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace rootlayer::guest {

namespace {

/// Puts instructions together; jumps name labels.
class Assembler final {
  public:
    void move(std::uint8_t to, std::uint8_t from) { add(BPF_ALU64 | BPF_MOV | BPF_X, to, from); }
    void set(std::uint8_t to, std::int32_t value) { add(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
    void plus(std::uint8_t to, std::int32_t value) { add(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value); }
    void mask(std::uint8_t to, std::int32_t value) { add(BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, value); }
    /// A 32-bit word at from+offset.
    void load(std::uint8_t to, std::uint8_t from, std::size_t offset) {
        add(BPF_LDX | BPF_W | BPF_MEM, to, from, static_cast<std::int16_t>(offset));
    }
    /// A 32-bit word on the stack, at a negative offset.
    void store(std::int16_t offset, std::uint8_t from) { add(BPF_STX | BPF_W | BPF_MEM, 10, from, offset); }
    void storeValue(std::int16_t offset, std::uint32_t value) {
        add(BPF_ST | BPF_W | BPF_MEM, 10, 0, offset, static_cast<std::int32_t>(value));
    }
    void jumpIfEqual(std::uint8_t left, std::int32_t value, const char* label) {
        jump(BPF_JMP32 | BPF_JEQ | BPF_K, left, value, label);
    }
    void jumpIfOther(std::uint8_t left, std::int32_t value, const char* label) {
        jump(BPF_JMP32 | BPF_JNE | BPF_K, left, value, label);
    }
    void jumpIfNull(std::uint8_t pointer, const char* label) {
        jump(BPF_JMP | BPF_JEQ | BPF_K, pointer, 0, label);
    }
    void jumpTo(const char* label) { jump(BPF_JMP | BPF_JA, 0, 0, label); }
    void label(const char* name) { m_labels[name] = m_code.size(); }
    void call(std::int32_t helper) { add(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
    void exit() { add(BPF_JMP | BPF_EXIT, 0, 0); }
    /// r1 = the map, r2 = the address of the key (or value) on the stack.
    void arguments(int map, std::int16_t offset) {
        add(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map);
        add(0, 0, 0);
        move(2, 10);
        plus(2, offset);
    }

    std::vector<bpf_insn> take() {
        for (const auto& [at, label] : m_jumps)
            m_code.at(at).off = static_cast<std::int16_t>(m_labels.at(label) - at - 1);
        return std::move(m_code);
    }

  private:
    void add(int code, std::uint8_t to, std::uint8_t from, std::int16_t offset = 0, std::int32_t value = 0) {
        bpf_insn instruction{};
        instruction.code = static_cast<std::uint8_t>(code);
        instruction.dst_reg = to & 0xFU;
        instruction.src_reg = from & 0xFU;
        instruction.off = offset;
        instruction.imm = value;
        m_code.push_back(instruction);
    }
    void jump(int code, std::uint8_t left, std::int32_t value, const char* label) {
        m_jumps[m_code.size()] = label;
        add(code, left, 0, 0, value);
    }

    std::vector<bpf_insn> m_code;
    std::map<std::string, std::size_t> m_labels;
    std::map<std::size_t, std::string> m_jumps;
};

// The stack: the key of `ranges`, whose first word later holds the port, as the queue's value has it; and
// the key of `ports`, whose first word later is the key of `sockets`.
constexpr std::int16_t kRangeKey = -20;
constexpr std::int16_t kAddress = -16;
constexpr std::int16_t kPortKey = -28;

/// Puts the address that the connection is for on the stack. Jumps to "pass" for a loopback address.
void storeAddress(Assembler& code) {
    code.jumpIfEqual(7, AF_INET6, "v6");
    code.load(1, 6, offsetof(bpf_sk_lookup, local_ip4));
    code.storeValue(kAddress, 0);
    code.storeValue(kAddress + 4, 0);
    code.storeValue(kAddress + 8, htonl(0x0000FFFF));
    code.store(kAddress + 12, 1);
    code.mask(1, static_cast<std::int32_t>(htonl(0xFF00'0000)));
    code.jumpIfEqual(1, static_cast<std::int32_t>(htonl(0x7F00'0000)), "pass");
    code.jumpTo("stored");
    code.label("v6");
    for (int word = 3; word >= 0; --word) {
        code.load(static_cast<std::uint8_t>(2 + word), 6,
                  offsetof(bpf_sk_lookup, local_ip6) + 4 * static_cast<std::size_t>(word));
        code.store(static_cast<std::int16_t>(kAddress + 4 * word), static_cast<std::uint8_t>(2 + word));
    }
    for (std::uint8_t word = 0; word < 3; ++word)
        code.jumpIfOther(static_cast<std::uint8_t>(2 + word), 0, "stored");
    code.jumpIfEqual(5, static_cast<std::int32_t>(htonl(1)), "pass");
    code.label("stored");
}

void lookUpPort(Assembler& code, const LookupMaps& maps) {
    code.store(kPortKey + 4, 9);
    code.arguments(maps.ports, kPortKey);
    code.call(BPF_FUNC_map_lookup_elem);
}

/// Registers: r6 the context, r7 the family, r9 the port.
void decide(Assembler& code, const LookupMaps& maps) {
    code.jumpIfOther(9, kNamePort, "other-port");
    code.storeValue(kPortKey, kNameService);
    lookUpPort(code, maps);
    code.jumpIfNull(0, "other-port");
    code.jumpTo("accept");
    code.label("other-port");
    code.storeValue(kRangeKey, 128);
    code.arguments(maps.ranges, kRangeKey);
    code.call(BPF_FUNC_map_lookup_elem);
    code.jumpIfNull(0, "refuse");
    code.load(1, 0, 0);
    code.jumpIfEqual(1, kClosedRange, "refuse");
    code.jumpIfOther(1, kOwnRange, "not-own");
    code.jumpIfEqual(9, kAgentPort, "refuse");
    code.jumpTo("pass");
    code.label("not-own");
    code.jumpIfEqual(1, kOpenRange, "accept");
    code.store(kPortKey, 1);
    lookUpPort(code, maps);
    code.jumpIfNull(0, "refuse");
}

void accept(Assembler& code, const LookupMaps& maps) {
    code.storeValue(kPortKey, 0);
    code.jumpIfOther(7, AF_INET6, "family-known");
    code.storeValue(kPortKey, 1);
    code.label("family-known");
    code.arguments(maps.sockets, kPortKey);
    code.call(BPF_FUNC_map_lookup_elem);
    code.jumpIfNull(0, "refuse");
    code.move(8, 0);
    code.move(1, 6);
    code.move(2, 8);
    code.set(3, 0);
    code.call(BPF_FUNC_sk_assign);
    code.move(1, 8);
    code.call(BPF_FUNC_sk_release);
    code.jumpTo("pass");
}

void refuse(Assembler& code, const LookupMaps& maps) {
    code.store(kRangeKey, 9);
    code.arguments(maps.refused, kRangeKey);
    code.set(3, BPF_ANY);
    code.call(BPF_FUNC_map_push_elem);
    code.set(0, SK_DROP);
    code.exit();
}

} // namespace

std::vector<bpf_insn> lookupProgram(const LookupMaps& maps) {
    Assembler code;
    code.move(6, 1);
    code.load(0, 6, offsetof(bpf_sk_lookup, protocol));
    code.jumpIfOther(0, IPPROTO_TCP, "pass");
    code.load(7, 6, offsetof(bpf_sk_lookup, family));
    code.load(9, 6, offsetof(bpf_sk_lookup, local_port));
    storeAddress(code);
    decide(code, maps);
    code.label("accept");
    accept(code, maps);
    code.label("refuse");
    refuse(code, maps);
    code.label("pass");
    code.set(0, SK_PASS);
    code.exit();
    return code.take();
}

} // namespace rootlayer::guest
