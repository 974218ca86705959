//! What a fuzzer once found worth keeping is tried at every run, on the same properties.

#[path = "../../fuzz/src/lib.rs"]
mod properties;

use std::path::Path;

#[test]
fn what_holds_of_foreign_bytes_holds_of_every_kept_input() {
    for (name, property) in properties::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let files: Vec<_> = folder.read_dir().expect(name).map(|file| file.unwrap().path()).collect();
        let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
        assert!(
            (1..=60).contains(&files.len()) && bytes <= 60_000,
            "{name}: {} files, {bytes} bytes",
            files.len()
        );
        for file in files {
            let input = std::fs::read(&file).unwrap();
            // The name of the input stands in the output of a failure.
            println!("{}", file.display());
            property(&input);
        }
    }
}
