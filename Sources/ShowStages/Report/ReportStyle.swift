/// The page's style sheet: colours as variables, set again for dark; print hides nothing.
enum ReportStyle {
    static let sheet = HTMLNode.StaticSheet(
        """
        :root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1c2330;--faint:#667085;
        --rule:#e4e7ec;--track:#eceff3;--blue:#3b6fd4;--pale:#a9c2ef;--green:#2f9e73;
        --red:#d1495b;--amber:#d98a1f;--band:rgba(59,111,212,.13);--area:rgba(59,111,212,.14)}
        @media (prefers-color-scheme:dark){:root{--page:#12161d;--card:#1a202a;--ink:#e6e9ef;
        --faint:#98a2b3;--rule:#2c3442;--track:#29313e;--blue:#6f9df0;--pale:#3d5a92;
        --green:#4cc38f;--red:#ef7181;--amber:#e9aa50;--band:rgba(111,157,240,.16);
        --area:rgba(111,157,240,.18)}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
        main{max-width:1000px;margin:0 auto;padding:36px 20px 60px}
        h1{font-size:28px;line-height:1.2;margin:0 0 4px;overflow-wrap:break-word}
        h2{font-size:18px;margin:0 0 12px}
        h3{font-size:14px;margin:18px 0 6px;color:var(--faint);font-weight:600}
        p{margin:6px 0;overflow-wrap:break-word}
        .lead{color:var(--faint);max-width:70ch}
        section{background:var(--card);border:1px solid var(--rule);border-radius:10px;
        padding:20px 22px;margin-top:18px;break-inside:avoid-page}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;
        margin-top:20px}
        .tile{background:var(--card);border:1px solid var(--rule);border-radius:10px;
        padding:12px 16px}
        .tile b{display:block;font-size:23px;line-height:1.25;font-variant-numeric:tabular-nums}
        .tile span{color:var(--faint);font-size:13px}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
        th{text-align:left;color:var(--faint);font-weight:600;font-size:12.5px;white-space:nowrap}
        th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--rule);vertical-align:middle}
        tr:last-child td{border-bottom:0}
        .n{text-align:right;white-space:nowrap}
        td.words{overflow-wrap:break-word;min-width:200px}
        td.key{overflow-wrap:break-word;font-weight:600;min-width:130px;max-width:260px}
        code{font:12.5px/1.4 ui-monospace,'DejaVu Sans Mono',monospace;overflow-wrap:break-word}
        .mark{display:inline-block;padding:0 8px;border-radius:9px;font-size:12px;font-weight:600;
        border:1px solid currentColor;white-space:nowrap}
        .good{color:var(--green)}.bad{color:var(--red)}.unsure{color:var(--faint)}
        .chip{display:inline-block;margin:1px 6px 1px 0;padding:0 8px;border-radius:9px;
        background:var(--track);font-size:12.5px;max-width:100%;overflow-wrap:break-word}
        .law{margin-top:10px;font-variant-numeric:tabular-nums}
        .legend{display:flex;flex-wrap:wrap;gap:16px;color:var(--faint);font-size:13px;
        margin-bottom:10px}
        .legend svg{width:11px;height:11px;margin-right:6px}
        .grid-of-charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));
        gap:14px}
        svg.chart{width:100%;height:auto;display:block}
        svg.narrow{display:none}
        svg.small{width:100%;height:auto;display:block}
        svg.inline{width:240px;height:14px;vertical-align:middle;overflow:visible}
        td svg.inline{min-width:120px;max-width:100%}
        td.gauge svg.inline{width:170px;height:16px}
        svg text{fill:var(--ink);font-size:13px}
        svg .faint{fill:var(--faint);font-size:12px}
        svg .tick{fill:var(--faint);font-size:10px}
        svg .name,svg .strong{font-weight:600}
        svg.small .name{font-size:12px}svg.small .faint{font-size:11px}
        .in{fill:var(--pale)}.kept,.train{fill:var(--blue)}.added,.test{fill:var(--green)}
        .refused,.low{fill:var(--red)}.val{fill:var(--amber)}.high{fill:var(--green)}
        .plain,.none{fill:var(--pale)}.track{fill:var(--track)}.band{fill:var(--band)}
        .area{fill:var(--area)}.curve{fill:none;stroke:var(--blue);stroke-width:1.8}
        line.grid{stroke:var(--rule)}.axis{stroke:var(--faint)}
        .gate{stroke:var(--red);stroke-width:1.5;stroke-dasharray:3 2}
        .goal{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:2 2}
        .whisker{stroke:var(--ink);stroke-width:1.3}
        .dot{fill:var(--card);stroke:var(--red);stroke-width:2}
        footer{margin-top:22px;color:var(--faint);font-size:13px}
        @media (max-width:960px){main{padding:20px 12px 40px}section{padding:16px 14px}
        svg.wide{display:none}svg.narrow{display:block}.scroll{overflow-x:visible}
        thead{display:none}
        table,tbody,td{display:block}tr{display:grid;padding:8px 0;gap:2px 12px;
        grid-template-columns:repeat(auto-fill,minmax(88px,1fr));
        border-bottom:1px solid var(--rule)}
        tr:last-child{border-bottom:0}td{border-bottom:0;padding:0;grid-column:1/-1;min-width:0}
        td.key,td.words{min-width:0;max-width:none}td.n{text-align:left;grid-column:auto}
        td[data-label]::before{content:attr(data-label);display:block;color:var(--faint);
        font-size:12px}
        td.key::before{content:none}td:empty{display:none}
        td svg.inline,td.gauge svg.inline{width:100%;min-width:0;height:auto}}
        @media print{:root{--page:#fff}body{font-size:12px;print-color-adjust:exact;
        -webkit-print-color-adjust:exact}main{max-width:none;padding:0}
        section,.tile{border-color:#ccc;border-radius:4px}}
        """)
}
