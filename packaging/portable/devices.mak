# The devices of QEMU's q35 machine that rootlayer's VMs have (host/vm/qemu/qemu_command.cc). Q35 brings those that are
# part of the board.
CONFIG_Q35=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_RNG=y
CONFIG_SERIAL_ISA=y
