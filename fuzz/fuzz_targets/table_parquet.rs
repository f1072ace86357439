#![no_main]

use holdfast_behaviour::table::Layout;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| holdfast_fuzz::table(data, Layout::Parquet));
