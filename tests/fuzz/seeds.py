#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets into tests/fuzz/corpus. They are kept in the repository: run this only to change them.

Seeds that are not written here were found by a fuzzer; leave them."""
import base64
import bz2
import gzip
import io
import json
import lzma
import pathlib
import struct
import tarfile

CORPUS = pathlib.Path(__file__).parent / 'corpus'


def seed(target, name, data):
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


HELLO, REQUEST, REPLY, FAILURE, EVENT, DATA, END, CANCEL, RANGE = range(1, 10)


def frame(kind, payload=b'', flags=0):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload, separators=(',', ':')).encode()
    return struct.pack('<IBBH', len(payload), kind, flags, 0) + payload


hello = {'protocol': 1, 'agent': '0.1.0', 'kernel': '6.1.0', 'features': ['ranges'], 'memory': 1 << 30, 'processors': 1}
exited = {'how': 'exited', 'value': 0, 'message': '', 'peakMemory': 1, 'peakDisk': 2, 'freeDisk': 3, 'oomKills': 0,
          'freeInodes': 9, 'line': 7}
failure = {'code': 'guest', 'message': 'no \x1b[31mspace', 'context': ['packing', '/a'], 'hint': 'try more'}
pack_end = {'bytes': 5, 'entries': 1, 'unpacked': {'count': 2, 'first': 'tmp/a'}, 'times': {'count': 1, 'first': 'etc'}}
section = {'offset': 512, 'size': 1024}
assemble = {'op': 'assemble', 'layers': [section, dict(section, folders=2)], 'clock': 1, 'acls': section,
            'entropy': 'abc', 'hostname': 'rootlayer'}
run = {'op': 'run', 'script': section, 'args': ['a', ''], 'env': ['K=V'], 'workdir': '/', 'user': '1:2', 'shell': '',
       'timeout': 5, 'words': section, 'merged': True, 'trace': False, 'keepTmp': True,
       'network': {'open': [{'prefix': '10.0.0.0/8', 'ports': [80, 443]}], 'closed': ['10.1.0.0/16']}}
pack = {'op': 'pack', 'clampMtime': 5, 'resetTo': 1, 'scrub': 'debian', 'ranges': True}
requests = {'assemble': assemble, 'run': run, 'later': dict(assemble, rootLater=True), 'before': dict(run, op='before'),
            'after': dict(run, op='after'), 'pack': pack, 'bye': {'op': 'bye'}, 'wake': {'op': 'wake'}}


def talk(ranges=False, layer=b'layer'):
    body = frame(DATA, layer, 0)
    size = len(layer)
    if ranges:
        body += frame(RANGE, struct.pack('<QQ', 4096, 100))
        size += 100
    return (frame(HELLO, hello) + frame(EVENT, {'kind': 'note', 'text': 'booted'}) + frame(REPLY, b'{}') +
            frame(DATA, b'out\n', 1) + frame(DATA, b'err\n', 2) + frame(EVENT, {'kind': 'warning', 'text': 'socket'}) +
            frame(EVENT, {'kind': 'refused', 'text': 'example.org', 'port': 443}) +
            frame(EVENT, {'kind': 'heartbeat', 'text': ''}) + frame(REPLY, exited) + body +
            frame(END, dict(pack_end, bytes=size)))


def control():
    for odd in (False, True):
        for ranges in (False, True):
            data = talk(ranges)
            seed('session', f'talk{"-ranges" if ranges else ""}{"-odd" if odd else ""}', data + (b'\0' if odd else b''))
    seed('session', 'failure', frame(HELLO, hello) + frame(FAILURE, failure))
    seed('session', 'woken', frame(REPLY, hello) + talk()[len(frame(HELLO, hello)):])
    seed('control_frames', 'talk', talk(True))
    seed('control_frames', 'cut', talk()[:-3])
    seed('control_frames', 'long', frame(HELLO) + struct.pack('<IBBH', 0xFFFFFFFF, 6, 0, 0))
    order = [frame(REQUEST, requests[name]) for name in ('wake', 'assemble', 'run', 'pack', 'bye')]
    seed('agent', 'requests', b''.join(order))
    seed('agent', 'steps', b''.join(frame(REQUEST, requests[name]) for name in ('later', 'before', 'run', 'after', 'pack', 'bye')))
    seed('agent', 'cancelled', order[1] + order[2] + frame(CANCEL) + order[3] + order[4])
    seed('agent', 'out-of-order', order[3] + order[1] + order[1] + frame(DATA, b'x') + order[4])
    messages = [(0, 'hello', hello), *((1, name, value) for name, value in requests.items()),
                (3, 'words', {'args': ['a'], 'env': ['K=\xff']}), (4, 'reply', exited), (5, 'end', pack_end),
                (6, 'event', {'kind': 'refused', 'text': 'example.org', 'port': 443}), (7, 'failure', failure)]
    for kind, name, value in messages:
        seed('control_messages', name, bytes([kind]) + json.dumps(value).encode())
    seed('control_messages', 'range', bytes([8]) + struct.pack('<QQ', 4096, 100))
    seed('control_messages', 'name-answer', bytes([9, 1, 80, 0, 0xBB, 1]))
    seed('control_messages', 'tcp-target', bytes([9]) + b'443 example.org')


def monitor():
    greeting = b'{"QMP":{"version":{"qemu":{"micro":0,"minor":2,"major":7}},"capabilities":["oob"]}}\r\n'
    seed('qmp', 'talk', greeting + b'{"return":{}}\r\n{"timestamp":{"seconds":1},"event":"STOP"}\r\n{"return":{}}\r\n'
         b'{"return":{"status":"completed","ram":{"total":1}}}\r\n{"event":"SHUTDOWN","data":{"guest":true}}\r\n')
    seed('qmp', 'error', greeting + b'{"return":{}}\r\n{"error":{"class":"GenericError","desc":"no \\u001b[31mway"}}\r\n')


def tars():
    for dialect, form in (('ustar', tarfile.USTAR_FORMAT), ('gnu', tarfile.GNU_FORMAT), ('pax', tarfile.PAX_FORMAT)):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode='w', format=form) as tar:
            for name, kind, link in (('usr', tarfile.DIRTYPE, ''), ('usr/bin', tarfile.DIRTYPE, ''),
                                     ('usr/bin/tool', tarfile.REGTYPE, ''), ('a', tarfile.LNKTYPE, 'usr/bin/tool'),
                                     ('link', tarfile.SYMTYPE, 'usr/bin/tool'), ('etc/.wh.b', tarfile.REGTYPE, ''),
                                     ('etc/c/.wh..wh..opq', tarfile.REGTYPE, ''), ('./etc/c/d', tarfile.REGTYPE, ''),
                                     ('fifo', tarfile.FIFOTYPE, ''), ('null', tarfile.CHRTYPE, '')):
                info = tarfile.TarInfo(name)
                info.type, info.linkname, info.mode, info.mtime = kind, link, 0o644, 5
                data = b'x' * 600 if kind == tarfile.REGTYPE and '.wh.' not in name else b''
                info.size = len(data)
                info.devmajor, info.devminor = (1, 3) if kind == tarfile.CHRTYPE else (0, 0)
                if form == tarfile.PAX_FORMAT and name == 'usr/bin/tool':
                    info.pax_headers = {'SCHILY.xattr.user.a': 'b', 'SCHILY.acl.access': 'user::rwx,group::r--,other::---',
                                        'mtime': '5.5', 'uid': '3000000'}
                tar.addfile(info, io.BytesIO(data))
            if form != tarfile.USTAR_FORMAT:
                info = tarfile.TarInfo('long/' + 'n' * 120)
                tar.addfile(info)
        data = stream.getvalue().rstrip(b'\0')
        data += b'\0' * (-len(data) % 512 + 1024)
        seed('foreign_tar', dialect, data)
        seed('base_layer', dialect, data)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode='w', format=tarfile.PAX_FORMAT) as tar:
        sparse = tarfile.TarInfo('GNUSparseFile.0/holes')
        body = b'2\n0\n512\n8192\n512\n'.ljust(512, b'\0') + b'a' * 1024
        sparse.size = len(body)
        sparse.pax_headers = {'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'holes',
                              'GNU.sparse.realsize': '8704'}
        tar.addfile(sparse, io.BytesIO(body))
        old = tarfile.TarInfo('map')
        old.size = 512
        old.pax_headers = {'GNU.sparse.map': '0,256,1024,256', 'GNU.sparse.size': '2048'}
        tar.addfile(old, io.BytesIO(b'b' * 512))
    seed('foreign_tar', 'sparse', stream.getvalue()[:6144] + b'\0' * 1024)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode='w', format=tarfile.USTAR_FORMAT) as tar:
        for name, kind, link in (('manifest.json', tarfile.REGTYPE, ''), ('blobs/', tarfile.DIRTYPE, ''),
                                 ('blobs/x', tarfile.REGTYPE, ''), ('link', tarfile.SYMTYPE, 'blobs/x'),
                                 ('blobs/up', tarfile.SYMTYPE, '../link'), ('a', tarfile.LNKTYPE, 'b'),
                                 ('b', tarfile.LNKTYPE, 'link'), ('./empty', tarfile.REGTYPE, '')):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            data = name.encode() * 60 if kind == tarfile.REGTYPE and name != './empty' else b''
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    seed('tar_index', 'archive', stream.getvalue()[:8 * 1024])


# The same text as below, by zstd, which Python has not.
ZSTD = base64.b64decode('KLUv/QRYlQAAWGNvbXByZXNzZWQgAQCqVosX3pBwjQ==')


def compressed():
    text = b'compressed ' * 40
    packed = gzip.compress(text, mtime=0)
    seed('compressed', 'gzip', packed)
    seed('compressed', 'gzip-members', packed + gzip.compress(b'more', mtime=0))
    seed('compressed', 'gzip-junk', packed + b'junk')
    seed('compressed', 'bzip2', bz2.compress(text))
    seed('compressed', 'xz', lzma.compress(text, preset=0))
    seed('compressed', 'xz-bomb', lzma.compress(b'\0' * 100_000))
    seed('compressed', 'zstd', ZSTD)
    # A skippable frame, then a frame.
    seed('compressed', 'zstd-skipped', b'\x50\x2a\x4d\x18\x04\0\0\0skip' + ZSTD)
    seed('compressed', 'plain', text)


def disks():
    def qcow2(version, backing=0, crypt=0, incompatible=0):
        head = struct.pack('>4sIQIIQIIQQIIQ', b'QFI\xfb', version, backing, 0, 16, 1 << 20, crypt, 1, 512, 1024, 1, 0, 0)
        return (head + struct.pack('>QQQII', incompatible, 0, 0, 4, 104)).ljust(512, b'\0') + b'\0' * 512 + b'\0\x40'
    seed('disk_format', 'qcow2-v2', qcow2(2))
    seed('disk_format', 'qcow2-v3', qcow2(3))
    seed('disk_format', 'qcow2-backing', qcow2(3, backing=200))
    seed('disk_format', 'qcow2-data-file', qcow2(3, incompatible=4))
    seed('disk_format', 'raw', b'\xeb\x63\x90'.ljust(510, b'\0') + b'\x55\xaa\0\x40')
    seed('disk_format', 'vmdk', b'KDMV' + b'\0' * 200 + b'\0\x40')


CONFIG = ('{"architecture":"amd64","os":"linux","config":{"Env":["A=B"],"Cmd":["sh"]},'
          '"rootfs":{"type":"layers","diff_ids":["sha256:@%d"]},"history":[{"created_by":"x"}]}')
MANIFEST = ('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":'
            '"application/vnd.oci.image.config.v1+json","digest":"sha256:@%d","size":#%d},"layers":[{"mediaType":'
            '"application/vnd.oci.image.layer.v1.tar","digest":"sha256:@%d","size":#%d}]}')
INDEX = ('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":'
         '"application/vnd.oci.image.%s.v1+json","digest":"sha256:@%d","size":#%d,"annotations":{%s}}]}')
NAMES = '"io.containerd.image.name":"docker.io/library/a:1","org.opencontainers.image.ref.name":"1"'


def recipe(*files):
    return '\n'.join(f'=== {name}\n{data}' for name, data in files)


def images():
    layout = ('oci-layout', '{"imageLayoutVersion":"1.0.0"}')
    docker = '[{"Config":"%s","RepoTags":["a:1"],"Layers":["%s"]}]'
    seed('image_archive', 'docker', recipe(
        ('manifest.json', docker % ('@1.json', 'x/layer.tar')), ('@.json', CONFIG % 2), ('x/layer.tar', 'a layer')))
    seed('image_archive', 'oci', recipe(
        layout, ('index.json', INDEX % ('manifest', 2, 2, NAMES)), ('blobs/sha256/@', MANIFEST % (3, 3, 4, 4)),
        ('blobs/sha256/@', CONFIG % 4), ('blobs/sha256/@', 'a layer')))
    both = (layout, ('manifest.json', docker % ('blobs/sha256/@4', 'blobs/sha256/@5')),
            ('index.json', INDEX % ('manifest', 3, 3, NAMES)), ('blobs/sha256/@', MANIFEST % (4, 4, 5, 5)),
            ('blobs/sha256/@', CONFIG % 5), ('blobs/sha256/@', 'a layer'))
    seed('image_archive', 'both', recipe(*both))
    other = (('blobs/sha256/@', CONFIG % 7), ('blobs/sha256/@', 'another'))
    seed('image_archive', 'both-differ', recipe(
        layout, ('manifest.json', docker % ('blobs/sha256/@6', 'blobs/sha256/@7')), *both[2:], *other))
    seed('image_archive', 'nested', recipe(
        layout, ('index.json', INDEX % ('index', 2, 2, '')), ('blobs/sha256/@', INDEX % ('manifest', 3, 3, '')),
        ('blobs/sha256/@', MANIFEST % (4, 4, 5, 5)), ('blobs/sha256/@', CONFIG % 5), ('blobs/sha256/@', 'a layer')))


def documents():
    seed('json', 'config', CONFIG.replace('@%d', 'a' * 64))
    seed('json', 'numbers', '[0,-0,1e3,1E-400,1e999,-12.5e+2,9007199254740993,18446744073709551616,0.1]')
    seed('json', 'strings', r'{"\u0061":"\ud83d\ude00","b\"\\\/\b\f\n\r\t":"' + '\u00e9\u20ac' + r'","":[true,false,null]}')
    seed('json', 'twice', '{"a":1,"\\u0061":2}')
    seed('json', 'nul-after', '6\0')
    seed('json', 'deep', '[' * 19 + '{"a":[ ]}' + ']' * 19)
    seed('users', 'name', 'app\nroot:x:0:0:root:/root:/bin/sh\napp:x:1000:100:App:/home/app:/bin/sh\n'
         '--\nroot:x:0:\nusers:x:100:\nwheel:x:10:root,app\n')
    seed('users', 'number-group', '1000:wheel\napp:x:1000:100::/home/app:\n--\nwheel:x:10:app\n')
    seed('users', 'odd', 'a:b\na:x:4294967295:0:x:/:\na:x:4294967294:1:x:/a\n::\n--\nb:x:4294967294:a\nb:x:5:a')
    for at, text in enumerate(('scratch', 'docker-archive:a.tar:name:tag@sha256:' + 'a' * 64, 'oci:dir:tag',
                               'docker://host:5000/name@sha256:' + '0' * 64, 'tar:a:b', 'linux/arm/v7', '1.5GiB',
                               '1h30m250ms', '-5', 'sha256:' + 'f' * 64)):
        seed('reference', f'{at}', text)
    seed('options', 'run', '--from\ntar:a.tar\n-c\necho hello\n--memory=2G\n--cpus\n2\n--timeout\n90s\n-e\nK=V\n--trace\n--\na\nb')
    seed('options', 'network', '-c\n:\n--network\nallow\n--allow\nexample.org:443\n--permit\n10.0.0.0/8\n--max-bytes\n1G\n--proxy=')
    seed('options', 'build', '{"$schema":"x","from":"scratch","env":{"K":"V","N":1},"cmd":["a","b"],"squash":true,'
         '"commands":["a","b"],"label":{"a":"b"},"memory":null}')


def index():
    def text(value):
        return struct.pack('<I', len(value)) + value

    def record(path, kind=0, flags=0, link=b'', xattrs=()):
        data = text(path) + struct.pack('<BBIIIQqII', flags, kind, 0o644, 1, 2, 3, 4, 5, 6) + text(link)
        return data + struct.pack('<I', len(xattrs)) + b''.join(text(part) for pair in xattrs for part in pair)
    records = [record(b'', 5), record(b'etc/passwd'), record(b'usr', 5, 2), record(b'usr/bin', 5),
               record(b'usr/bin/tool', 0, 0, b'', ((b'user.a', b'b'),)), record(b'usr/lib', 2, 0, b'lib64'),
               record(b'zzz', 0, 1)]
    data, offsets = b'rootlayer-index1', []
    for each in records:
        offsets.append(len(data))
        data += each
    offsets.append(len(data))
    seed('layer_index', 'index', data + struct.pack(f'<{len(offsets)}QQ', *offsets, len(records)))


for make in (control, monitor, tars, compressed, disks, images, documents, index):
    make()
