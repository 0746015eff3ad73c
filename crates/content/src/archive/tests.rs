use std::io::Write as _;

use super::*;
use crate::faults::MAX_FAULTS;
use proptest::prelude::*;

fn header(path: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    // Written past the library, which would refuse the hostile ones.
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}
fn tar(members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, kind, bytes) in members {
        tar.append(&header(path, *kind, bytes.len() as u64), *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}
fn codes(archive: &[u8]) -> Vec<String> {
    codes_within(archive, Limits::PACK)
}
fn codes_within(archive: &[u8], limits: Limits) -> Vec<String> {
    unpack_within(archive, limits).unwrap_err().into_iter().map(|f| format!("{} {}", f.file, f.code)).collect()
}
fn members(members: &[(&str, EntryType, &[u8])]) -> Vec<String> {
    codes(&gzip(&tar(members)))
}
const FILE: EntryType = EntryType::Regular;

#[test]
fn what_is_written_is_read_and_is_always_the_same() {
    let long = format!("{}/{}.md", "a".repeat(120), "b".repeat(120));
    let files = [pack_file("z.md", *b"zz"), pack_file(long.as_str(), vec![7; 1000]), pack_file("ö/ß.bin", *b"")];
    let archive = TarGz.write(&files).unwrap();
    let mut turned = files.clone();
    turned.reverse();
    assert_eq!(TarGz.write(&turned).unwrap(), archive);
    assert_eq!(archive[4..8], [0; 4], "no time in the header");
    let read = unpack(&archive).unwrap();
    let mut expected = files.to_vec();
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(read, expected);
}

#[test]
fn folders_hidden_names_and_a_leading_dot_are_tolerated() {
    let archive = gzip(&tar(&[
        ("./", EntryType::Directory, b""),
        ("./a/", EntryType::Directory, b""),
        ("./a/b", FILE, b"1"),
        (".git/x", FILE, b"2"),
        ("a/.link", EntryType::Symlink, b""),
        ("pax", EntryType::XGlobalHeader, b"11 comment="),
    ]));
    let paths: Vec<_> = unpack(&archive).unwrap().into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["a/b"]);
}

#[test]
fn hostile_names_are_refused() {
    let name = |path: &str| members(&[(path, FILE, b"x")]);
    for bad in ["/etc/passwd", "../x", "a/../../x", "a\\b", "C:/x", "a//b", "a/./b", "a\u{1}b"] {
        assert!(name(bad)[0].ends_with(" bad-path"), "{bad}: {:?}", name(bad));
    }
    let mut not_utf8 = header("x", FILE, 0);
    not_utf8.as_mut_bytes()[0] = 0xff;
    not_utf8.set_cksum();
    let mut tar = Builder::new(Vec::new());
    tar.append(&not_utf8, &[][..]).unwrap();
    assert_eq!(codes(&gzip(&tar.into_inner().unwrap())), ["\u{FFFD} bad-path"]);
}

#[test]
fn only_plain_files_are_taken() {
    for (kind, code) in [
        (EntryType::Symlink, "a symlink"),
        (EntryType::Link, "a not-a-file"),
        (EntryType::Char, "a not-a-file"),
        (EntryType::Block, "a not-a-file"),
        (EntryType::Fifo, "a not-a-file"),
        (EntryType::GNUSparse, "a not-a-file"),
        (EntryType::new(b'?'), "a not-a-file"),
    ] {
        assert_eq!(members(&[("a", kind, b"")]), [code]);
    }
}

#[test]
fn members_must_not_collide() {
    assert_eq!(members(&[("a", FILE, b"1"), ("a", FILE, b"2")]), ["a duplicate-path"]);
    assert_eq!(members(&[("a/b", FILE, b"1"), ("a", FILE, b"2")]), ["a/b duplicate-path"]);
    assert_eq!(members(&[("a", FILE, b"1"), ("A", FILE, b"2")]), ["a path-collision"]);
}

#[test]
fn names_in_extended_headers_are_checked_like_others() {
    let record = |text: &str| {
        let length = (text.len() + 3..).find(|n| n.to_string().len() + text.len() + 2 == *n).unwrap();
        format!("{length} {text}\n")
    };
    let pax = |text: &str| members(&[("h", EntryType::XHeader, record(text).as_bytes()), ("a", FILE, b"x")]);
    assert_eq!(pax("path=../x"), ["../x bad-path"]);
    assert_eq!(pax("size=99"), [" bad-archive"]);
    assert_eq!(pax("GNU.sparse.major=1"), [" not-a-file"]);
    assert_eq!(members(&[("h", EntryType::XHeader, b"999 path=x\n")]), [" bad-archive"]);
    assert_eq!(members(&[("h", EntryType::XHeader, b"nonsense")]), [" bad-archive"]);
    assert_eq!(members(&[("h", EntryType::GNULongName, b"/abs\0"), ("a", FILE, b"x")]), ["/abs bad-path"]);
    let good = record("path=ü/long name.md");
    let archive = gzip(&tar(&[("h", EntryType::XHeader, good.as_bytes()), ("a", FILE, b"x")]));
    assert_eq!(unpack(&archive).unwrap()[0].path, "ü/long name.md");
    let long = vec![b'a'; 20_000];
    assert_eq!(members(&[("h", EntryType::GNULongName, &long)]), [" bad-path"]);
}

#[test]
fn damaged_archives_are_refused() {
    let good = TarGz.write(&[pack_file("a.md", vec![b'x'; 5000]), pack_file("b.md", *b"y")]).unwrap();
    assert!(unpack(&good).is_ok());
    assert_eq!(codes(b""), [" bad-archive"]);
    assert_eq!(codes(b"PK\x03\x04 a zip"), [" bad-archive"]);
    assert_eq!(codes(&gzip(b"not a tar, but text that goes on for a while".repeat(20).as_slice())), [" bad-archive"]);
    assert_eq!(codes(&good[..good.len() - 1]), [" bad-archive"], "cut off in the checksum");
    assert_eq!(codes(&good[..good.len() / 2]), [" bad-archive"]);
    let mut flipped = good.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    assert_eq!(codes(&flipped), [" bad-archive"], "the sum is wrong");
    let twice = [good.clone(), good.clone()].concat();
    assert_eq!(codes(&twice), [" bad-archive"], "a second archive hides behind the first");
    let mut behind = tar(&[("a", FILE, b"x")]);
    behind.extend(tar(&[("b", FILE, b"x")]));
    assert_eq!(codes(&gzip(&behind)), [" bad-archive"], "a second tar hides behind the first");
    assert!(unpack(&[good, vec![0; 512]].concat()).is_ok(), "padding is harmless");
}

#[test]
fn sizes_and_numbers_are_bounded() {
    let pack = 150 + 3 * Limits::PER_FILE;
    let limits = Limits { text: 10, asset: 100, pack, archive: 10_000, files: 3 };
    let read = |members: &[(&str, EntryType, &[u8])]| codes_within(&gzip(&tar(members)), limits);
    assert_eq!(read(&[("a.md", FILE, &[1; 11]), ("b.bin", FILE, &[1; 101])]), ["a.md too-large", "b.bin too-large"]);
    assert_eq!(read(&[("a", FILE, &[1; 100]), ("b", FILE, &[1; 50]), ("c", FILE, &[1])]), [" too-large"]);
    let four: Vec<_> = ["a", "b", "c", "d"].iter().map(|path| (*path, FILE, &b""[..])).collect();
    assert_eq!(read(&four), [" too-many-files"]);
    assert_eq!(codes_within(&[0; 10_001], limits), [" too-large"]);
    // A member that says it is enormous, and is not.
    let mut lying = header("a", FILE, 1 << 60).as_bytes().to_vec();
    lying.extend([0; 1024]);
    assert_eq!(
        codes(&gzip(&lying)),
        ["a too-large", " bad-archive"].map(str::to_owned).iter().rev().cloned().collect::<Vec<_>>()
    );
}

#[test]
fn a_flood_of_refused_members_is_cut_off() {
    let many = Limits::PACK.files + 1;
    for (name, kind) in
        [("a", EntryType::Symlink), ("a", EntryType::Char), ("../a", FILE), ("\n", EntryType::Directory)]
    {
        let faults = codes(&gzip(&header(name, kind, 0).as_bytes().repeat(many)));
        assert_eq!(faults.len(), 2, "{name:?}: {faults:?}");
        assert_eq!(faults[0], " too-many-files", "{name:?}");
    }
    let names: Vec<_> = (0..many).map(|number| format!("link-{number}")).collect();
    let links: Vec<_> = names.iter().map(|name| (name.as_str(), EntryType::Symlink, &b""[..])).collect();
    let faults = members(&links);
    assert_eq!((faults.len(), faults[0].as_str()), (MAX_FAULTS + 1, " too-many-files"));
    assert_eq!(faults[MAX_FAULTS], " too-many-faults");
    // Each a fault of its own, which only the end of the reading tells.
    let twice: Vec<_> = (0..2 * (MAX_FAULTS + 1)).map(|n| format!("{}", n / 2)).collect();
    let twice: Vec<_> = twice.iter().map(|path| (path.as_str(), FILE, &b""[..])).collect();
    assert_eq!(members(&twice).len(), MAX_FAULTS + 1);
}

#[test]
fn members_that_are_left_out_count() {
    let limits = Limits { files: 3, ..Limits::PACK };
    for (name, kind) in [("a/", EntryType::Directory), (".", EntryType::Directory), (".hidden", FILE)] {
        let read = |count| unpack_within(&gzip(&header(name, kind, 0).as_bytes().repeat(count)), limits);
        assert_eq!(read(3), Ok(Vec::new()), "{name}");
        assert_eq!(read(4).unwrap_err()[0].code, "too-many-files", "{name}");
    }
}

#[test]
fn what_is_no_image_is_not_kept() {
    let zeros = vec![0; 1 << 20];
    assert_eq!(
        members(&[("a.png", FILE, &zeros), ("b.jpg", FILE, b"GIF89a"), ("c.webp", FILE, b"")]),
        ["a.png broken-image", "b.jpg broken-image", "c.webp broken-image"]
    );
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(&zeros);
    let read = unpack(&gzip(&tar(&[("a.png", FILE, &png), ("b.gif", FILE, b"GIF89a")]))).unwrap();
    assert_eq!((&*read[0].bytes, &*read[1].bytes), (&*png, &b"GIF89a"[..]));
}

#[test]
fn a_pack_within_the_limits_fits_into_an_archive() {
    // Bytes that can't be compressed, a path of every length, and sizes one beyond a block.
    let mut state = 1_u64;
    let mut noise = |size: usize| -> Vec<u8> {
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(size).collect()
    };
    let mut files = vec![pack_file("large", noise(1 << 20))];
    for number in 0..199 {
        let path: String = noise(200).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = format!("{}/{}", &path[..200], &path[200..399 - number]);
        files.push(pack_file(path, noise(513)));
    }
    let size: u64 = files.iter().map(|file| file.bytes.len() as u64 + Limits::PER_FILE).sum();
    let archive = TarGz.write(&files).unwrap();
    let Limits { pack, archive: most, .. } = Limits::PACK;
    assert!((archive.len() as u64) * pack <= size * most, "{size} bytes make an archive of {}", archive.len());
    assert_eq!(unpack(&archive).unwrap().len(), files.len());
}

#[test]
fn a_gzip_bomb_is_cut_off() {
    let limits = Limits { pack: 1 << 20, files: 10, ..Limits::PACK };
    let bomb = gzip(&vec![0; 16 << 20]);
    assert!(bomb.len() < 100_000);
    let zeros = codes_within(&bomb, limits);
    assert_eq!(zeros, [" too-large"], "nothing but padding");
    let member = gzip(&tar(&[("a.bin", FILE, &vec![0; 4 << 20])]));
    assert_eq!(codes_within(&member, limits), [" too-large"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = unpack(&bytes);
        let _ = unpack(&gzip(&bytes));
    }

    #[test]
    fn a_damaged_tar_is_read_or_refused(at in 0..2048_usize, value in any::<u8>()) {
        let mut bytes = tar(&[("a.md", FILE, b"some text"), ("b/c", FILE, b"x")]);
        bytes[at] = value;
        let _ = unpack(&gzip(&bytes));
    }

    #[test]
    fn files_round_trip(files in prop::collection::btree_map("[a-c]{1,3}(/[d-f]{1,3}){0,2}\\.[a-c]{1,3}", prop::collection::vec(any::<u8>(), 0..600), 0..8)) {
        let files: Vec<_> = files.into_iter().map(|(path, bytes)| pack_file(path, bytes)).collect();
        prop_assume!(paths::check_all(files.iter().map(|f| f.path.as_str())).is_empty());
        prop_assert_eq!(unpack(&TarGz.write(&files).unwrap()).unwrap(), files);
    }
}
