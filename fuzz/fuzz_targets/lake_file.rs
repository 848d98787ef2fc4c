#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rempart_fuzz::lake_file(bytes));
