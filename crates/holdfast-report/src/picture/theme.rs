//! How pictures look, by light and by dark.

/// The rules for all that is drawn; readers that know no media queries show the light ones.
pub(crate) const CSS: &str = "\
svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}\
svg text{fill:#24292f;font-size:12px}\
svg .title{font-size:14px;font-weight:600}\
svg .faint{fill:#57606a}\
svg .ground{fill:#fff}\
svg .grid{stroke:#d8dee4;stroke-width:1}\
svg .axis{stroke:#8c959f;stroke-width:1}\
svg .diagonal{stroke:#8c959f;stroke-width:1.5;stroke-dasharray:5 4}\
svg .threshold{stroke:#57606a;stroke-width:1;stroke-dasharray:2 3}\
svg .before{fill:#0072b2;fill-opacity:.35;stroke:#0072b2;stroke-width:1}\
svg .after{fill:#d55e00;fill-opacity:.08;stroke:#d55e00;stroke-width:2}\
svg .point,svg .points{stroke:#0072b2;stroke-width:4;stroke-linecap:round;fill:none}\
svg .flip,svg .flips{stroke:#a3216f;stroke-width:5;stroke-linecap:round;fill:none}\
svg .point,svg .flip{stroke-opacity:.55}\
@media screen and (prefers-color-scheme:dark){\
svg text{fill:#e6edf3}\
svg .faint{fill:#9198a1}\
svg .ground{fill:#0d1117}\
svg .grid{stroke:#262c36}\
svg .axis,svg .diagonal{stroke:#6e7681}\
svg .threshold{stroke:#9198a1}\
svg .before{fill:#56b4e9;stroke:#56b4e9}\
svg .after{fill:#e69f00;stroke:#e69f00}\
svg .point,svg .points{stroke:#56b4e9}\
svg .flip,svg .flips{stroke:#f58ccb}\
}";
