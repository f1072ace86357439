#![no_main]

use holdfast_declared::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| holdfast_fuzz::declared(data, Format::Npmrc));
