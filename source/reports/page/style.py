"""The page's style sheet: light and dark, narrow and wide, and on paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--ground:#f3f5f8;--paper:#fff;--ink:#18202b;--muted:#5a6675;
--line:#dfe4ea;--soft:#eef1f5;--energy:#2b5fd9;--cost:#b3501a;--down:#15825a;--price:#7447b8;
--warn:#8a5a00;--warn-ground:#fff6df}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0d1116;--paper:#161b22;--ink:#e6ebf1;
--muted:#9aa6b5;--line:#2c353f;--soft:#1f262e;--energy:#7aa5ff;--cost:#f2a067;--down:#4cc793;
--price:#bda2f5;--warn:#f0c060;--warn-ground:#2b2411}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,
"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1000px;margin:0 auto;padding:32px 20px 40px}
header{margin:0 4px 22px}
.eyebrow{margin:0;color:var(--muted);font-size:13px;font-weight:600;letter-spacing:.04em}
h1{margin:2px 0 2px;font-size:30px;line-height:1.2;letter-spacing:-.01em;overflow-wrap:anywhere}
.span{margin:0;color:var(--muted);font-size:14px}
h2{margin:0 0 12px;font-size:16px;line-height:1.3}
section{margin:0 0 16px;padding:20px;background:var(--paper);border:1px solid var(--line);
border-radius:12px}
.note{margin:12px 0 0;color:var(--muted);font-size:13px;overflow-wrap:anywhere}
.warning{margin:0 0 16px;padding:12px 16px;border:1px solid var(--warn);border-radius:10px;
background:var(--warn-ground);font-size:14px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;
margin:0 0 16px}
.tile{display:flex;flex-direction:column;padding:14px 16px;background:var(--paper);
border:1px solid var(--line);border-radius:12px}
.tile dt{color:var(--muted);font-size:13px}
.tile dd{margin:0}
.tile .value{font-size:25px;font-weight:650;line-height:1.25;letter-spacing:-.01em;
white-space:nowrap}
.tile .unit{font-size:.62em;font-weight:600;color:var(--muted)}
.tile .more{color:var(--muted);font-size:13px}
svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
fill:var(--muted);font-variant-numeric:tabular-nums}
svg .strong{font-weight:700;fill:var(--ink)}
.chart+.chart{margin-top:24px}
.chart h3{margin:0 0 2px;font-size:13px;font-weight:600;color:var(--muted)}
.narrow{display:none}
.grid{stroke:var(--line);stroke-width:1}
.zero{stroke:var(--muted);stroke-width:1}
.energy{fill:var(--energy)}.cost{fill:var(--cost)}.down{fill:var(--down)}
.guess{fill:url(#hatch)}.hatch{stroke:var(--paper);stroke-width:2}
.touch{fill:transparent}g:hover>.touch{fill:var(--soft)}
.area{fill-opacity:.16}.line{fill:none;stroke-width:1.6;stroke-linejoin:round}
.energy.line{stroke:var(--energy);fill:none}
.price.area{fill:var(--price)}.price.line{stroke:var(--price);fill:none}
.dashed{stroke-dasharray:4 3}
.band{fill:var(--price);fill-opacity:.28}.mean{stroke:var(--price);stroke-width:2.5}
.mark{stroke:var(--ink);stroke-width:1.4}.heat{fill:var(--energy)}.heat.down{fill:var(--down)}
.none{fill:url(#unknown);stroke:var(--line)}.lack{stroke:var(--muted);stroke-width:1;stroke-opacity:.6}
.meter{width:100%;height:8px;border-radius:2px;overflow:hidden}
.all{fill:var(--paper);stroke:var(--muted);stroke-width:1;vector-effect:non-scaling-stroke}
.track{fill:var(--soft)}.known{fill:var(--muted)}
.big{height:18px}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;margin:10px 0 0;padding:0;list-style:none}
.legend svg{display:inline-block;width:22px;height:11px;margin-right:8px}
.keys{margin:0 0 6px;gap:2px 18px;font-size:13px;color:var(--muted)}
.keys svg{width:12px;height:12px;margin-right:6px;vertical-align:-1px}.mean-key{fill:var(--price)}
.facts{display:flex;flex-wrap:wrap;gap:2px 26px;margin:10px 0 0}
.facts div{display:flex;gap:8px}.facts dt{color:var(--muted)}.facts dd{margin:0}
.scroll{overflow-x:auto;background:
linear-gradient(90deg,var(--paper) 40%,transparent) 0/36px 100% no-repeat local,
linear-gradient(270deg,var(--paper) 40%,transparent) 100%/36px 100% no-repeat local,
linear-gradient(90deg,#0003,transparent) 0/10px 100% no-repeat scroll,
linear-gradient(270deg,#0003,transparent) 100%/10px 100% no-repeat scroll}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:6px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line);
vertical-align:middle}
th{color:var(--muted);font-weight:600;font-size:13px}
thead th{white-space:normal;vertical-align:bottom;line-height:1.25}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
tbody th{color:var(--ink);font-weight:500;font-size:14px}
th.text,td.text{text-align:left}
.name{min-width:150px;max-width:300px;white-space:normal;overflow-wrap:anywhere}
tfoot th,tfoot td{border-bottom:0;border-top:2px solid var(--muted);font-weight:650;
color:var(--ink)}
tbody tr:last-child>*{border-bottom:0}
tr.strong th{font-weight:700}
.shares{display:grid;grid-template-columns:minmax(0,auto) minmax(90px,1fr) auto;gap:5px 14px;
align-items:center;margin:6px 0 18px;padding:0;list-style:none;font-size:14px}
.shares li{display:contents}.shares svg{height:14px}.shares .name{min-width:0}
.shares .number{text-align:right;font-weight:600}
.data{width:120px;min-width:112px;font-size:12px;color:var(--muted);line-height:1.35}
.data .meter{height:6px;margin-bottom:2px}
.tile .data{width:auto;margin-top:auto}.tile .value,.tile .more{margin-bottom:6px}
.grid7 td,.grid7 th{padding:3px 5px;font-size:12px}
details{margin-top:12px}summary{color:var(--muted);font-size:13px;cursor:pointer}
footer{margin:20px 4px 0;color:var(--muted);font-size:13px}
.off{position:absolute;width:0;height:0}
@media screen and (max-width:700px){main{padding:20px 12px}h1{font-size:25px}
section{padding:16px 14px}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}
.tile{padding:12px}.tile .value{font-size:18px;white-space:normal;overflow-wrap:anywhere}
.wide{display:none}.narrow{display:block;max-width:540px;margin:0 auto}
.name{min-width:96px;max-width:150px}
th:first-child{position:sticky;left:0;background:var(--paper);padding-right:8px}}
@media print{@page{size:A4;margin:13mm}body{background:none;font-size:10pt}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}.tile{border-color:#bbb;border-radius:6px}header{margin:0 0 5mm}
section{padding:3mm 0 0;margin-bottom:5mm;border:0;border-top:1px solid #888;border-radius:0}
.tiles{gap:8px;margin-bottom:10px;
grid-template-columns:repeat(auto-fit,minmax(40mm,1fr))}.tile{padding:8px 10px}
.tile .value{font-size:13.5pt}
table{font-size:9pt}tbody th{font-size:9pt}th{font-size:8pt}th,td{padding:2px 5px}
.scroll{overflow:visible;background:none}
.data{font-size:7.5pt;width:22mm;min-width:22mm}.tile .data{width:auto}
.shares{font-size:9pt;gap:1mm 4mm;margin:1mm 0 4mm}.shares li>*{break-inside:avoid}
.shares svg{height:3mm}svg{overflow:visible}
.name{min-width:22mm;max-width:60mm}h1{font-size:20pt}h2{break-after:avoid}
thead{display:table-header-group}tfoot{display:table-row-group;break-before:avoid}
tbody tr:last-child{break-after:avoid}
footer{margin:0;font-size:7.5pt;break-before:avoid}section:last-of-type{margin-bottom:2mm}
tr,.chart,.tile,.short{break-inside:avoid}details{display:none}}
"""
