#include "tar_mutator.hh"

#include <algorithm>
#include <iterator>

namespace rootlayer::fuzz {

namespace {

constexpr std::size_t kBlock = 512;

const std::string kDisliked[] = {
    std::string(1, '\0'),
    "..",
    "../",
    "/",
    "//",
    ".wh.",
    ".wh..wh..opq",
    "path=",
    "linkpath=",
    "size=",
    "uid=",
    "SCHILY.xattr.user.",
    "=",
    "\n",
    "-1",
    "0",
    "9",
    "1048577 ",
    "18446744073709551616",
    "77777777777",
    "\x80",
    "\xff",
    "x",
    "g",
    "1",
    "5",
    " ",
    "ustar  ",
};

std::size_t pickBlock(const std::string& tar, Dice& dice) {
    return dice.roll(tar.size() / kBlock) * kBlock;
}

void overwrite(std::string& tar, std::size_t at, const std::string& bytes) {
    tar.replace(at, std::min(bytes.size(), tar.size() - at), bytes, 0,
                std::min(bytes.size(), tar.size() - at));
}

void mutateOnce(std::string& tar, Dice& dice) {
    if (tar.size() < kBlock) {
        tar.append(kBlock, '\0');
        return;
    }
    const auto at = dice.roll(tar.size());
    const auto block = pickBlock(tar, dice);
    switch (dice.roll(8)) {
    case 0:
        tar[at] = static_cast<char>(tar[at] ^ (1 << dice.roll(8)));
        break;
    case 1:
        tar[at] = static_cast<char>(dice.roll(256));
        break;
    case 2:
        tar.resize(at);
        break;
    case 3:
        tar.erase(block, kBlock);
        break;
    case 4:
        tar.insert(pickBlock(tar, dice), tar.substr(block, kBlock));
        break;
    case 5:
        overwrite(tar, pickBlock(tar, dice), tar.substr(block, kBlock));
        break;
    case 6:
        overwrite(tar, block + dice.roll(kBlock), tar.substr(at, dice.roll(64)));
        break;
    default:
        overwrite(tar, block + dice.roll(dice.roll(2) == 0 ? kBlock : 160),
                  kDisliked[dice.roll(std::size(kDisliked))]);
    }
}

} // namespace

void mutateTar(std::string& tar, Dice& dice) {
    for (auto times = 1 + dice.roll(3); times > 0; --times)
        mutateOnce(tar, dice);
    if (dice.roll(8) != 0) resealAll(tar);
}

void resealAll(std::string& tar) {
    for (std::size_t block = 0; block + kBlock <= tar.size(); block += kBlock) {
        if (tar.compare(block + 257, 5, "ustar") != 0) continue;
        unsigned sum = 8 * ' ';
        for (std::size_t i = 0; i < kBlock; ++i)
            if (i < 148 || i >= 156) sum += static_cast<unsigned char>(tar[block + i]);
        for (std::size_t i = 6; i-- > 0; sum >>= 3)
            tar[block + 148 + i] = static_cast<char>('0' + (sum & 7));
        tar[block + 154] = '\0';
        tar[block + 155] = ' ';
    }
}

} // namespace rootlayer::fuzz
