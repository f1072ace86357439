//! How pages look, by light, by dark and on paper.

/// The rules for a page; those for pictures are the pictures' own.
pub(super) const CSS: &str = "\
:root{--ink:#24292f;--faint:#57606a;--ground:#fff;--line:#d8dee4;--band:#f6f8fa;--bad:#b3261e;\
--warning:#8a5300;--good:#1a6e34;--note:#0550ae}\
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--faint:#9198a1;--ground:#0d1117;\
--line:#30363d;--band:#161b22;--bad:#ff8f85;--warning:#e3b341;--good:#57c878;--note:#79c0ff}}\
body{margin:0;background:var(--ground);color:var(--ink);\
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}\
main{max-width:68rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}\
h1{font-size:1.45rem;line-height:1.3;margin:0 0 1rem;overflow-wrap:anywhere}\
h2{font-size:1.05rem;margin:2rem 0 .5rem}\
p{margin:.4rem 0;overflow-wrap:anywhere}\
.verdict{border-left:5px solid var(--faint);background:var(--band);padding:.55rem 1rem;\
margin:0 0 1rem}\
.verdict p{font-size:1.15rem;font-weight:600;margin:.15rem 0}\
.verdict p.more{font-size:1rem;font-weight:400}\
.verdict.bad{border-color:var(--bad)}.verdict.warning{border-color:var(--warning)}\
.verdict.good{border-color:var(--good)}.verdict.note{border-color:var(--note)}\
.table{overflow-x:auto}\
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}\
th,td{text-align:left;vertical-align:top;padding:.28rem 1rem .28rem 0;\
border-bottom:1px solid var(--line)}\
th{color:var(--faint);font-weight:500;white-space:nowrap}\
td{overflow-wrap:anywhere;max-width:34rem}\
.number{text-align:right}.short{white-space:nowrap}\
.strong{font-weight:600}.faint{color:var(--faint)}\
td.bad{color:var(--bad);font-weight:600}td.warning{color:var(--warning);font-weight:600}\
td.good{color:var(--good)}td.note{color:var(--note)}\
figure{margin:.5rem 0;overflow-x:auto}\
svg{max-width:100%;height:auto}\
@media print{body{font-size:10px}main{max-width:none;padding:0}.table,figure{overflow:visible}\
td{overflow-wrap:break-word}tr,.verdict{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}\
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";
