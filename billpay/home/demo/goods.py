"""Demo suppliers of what the company sells and packs. All of them are made up."""

from billpay.home.demo.traders import Item, Paid, Trader

_DOZENS = (12, 24, 36, 48)
_FEW = (2, 3, 4, 6, 8)

GOODS = (
    Trader(
        "Trevose Ceramics Ltd", "Morwenna Trevose", "accounts@trevoseceramics.example", "01632 960114",
        "Unit 3, Old Clay Works\nStation Road\nWadebourne\nWB2 7QH",
        {"sort_code": "001842", "account_number": "40281736"}, "5000",
        (
            Item("Harbour mug, sea glaze, 350 ml", 385, 425, _DOZENS),
            Item("Breakfast bowl, oatmeal glaze", 460, 520, _DOZENS),
            Item("Serving platter, 38 cm", 1450, 1650, _FEW),
            Item("Espresso cup and saucer, slate", 395, 440, _DOZENS),
            Item("Butter dish with lid", 1120, 1260, _FEW),
            Item("Seconds, mixed box", 4200, 4800, (1, 2)),
        ),
        "TC-{n}", 10432, every=11, last=2, step=7, lines=4, tax_number="GB999000103", discount=("2", 10, "reduced"),
    ),
    Trader(
        "Penhale Linen Company", "Jory Penhale", "ledger@penhalelinen.example", "01632 960177",
        "The Drying Loft\n14 Mill Street\nPenhale\nPN4 1AB",
        {"sort_code": "001925", "account_number": "11873045"}, "5000",
        (
            Item("Tea towel, ticking stripe", 410, 460, _DOZENS),
            Item("Linen apron, adult, indigo", 1390, 1550, _FEW),
            Item("Napkins, set of four, flax", 1180, 1290, (6, 12)),
            Item("Table runner, 40 × 180 cm", 1620, 1790, _FEW),
            Item("Oven gloves, pair", 980, 1090, (6, 12)),
        ),
        "SI{n:06d}", 2207, every=16, last=6, step=13, lines=3, tax_number="GB999000145",
        discount=("1.5", 7, "unchanged"),
    ),
    Trader(
        "Castaway Candle Works Ltd", "Imogen Farrow", "hello@castawaycandles.example", "01632 960121",
        "7 The Boathouses\nQuay Lane\nSaltwick\nSW9 4DT",
        {"sort_code": "001842", "account_number": "77120964"}, "5000",
        (
            Item("Jar candle, driftwood and sage, 30 cl", 640, 720, _DOZENS),
            Item("Travel tin, sea salt, 10 cl", 285, 320, _DOZENS),
            Item("Reed diffuser, fig leaf, 100 ml", 890, 980, (6, 12, 18)),
            Item("Tester set for the shop", 1800, 2200),
        ),
        "CCW/{year}/{n:03d}", 61, every=20, last=9, lines=3, terms_days=14,
    ),
    Trader(
        "Northquay Glass Ltd", "Aled Prosser", "sales.ledger@northquayglass.example", "01632 960138",
        "Furnace House\nNorth Quay\nAberwen\nAW1 2NQ",
        {"iban": "GB64BARC00184212345678", "bic": "BARCGB22"}, "5000",
        (
            Item("Tumbler, recycled glass, 300 ml", 345, 390, _DOZENS),
            Item("Carafe, 1 litre, smoke", 1240, 1380, (6, 12)),
            Item("Bud vase, assorted", 520, 590, _DOZENS),
            Item("Storage jar with cork, 750 ml", 610, 690, _DOZENS),
        ),
        "{n}", 884120, every=19, last=4, step=29, lines=3, terms="month_end", terms_days=15,
    ),
    Trader(
        "Saltmarsh Pantry Ltd", "Deepa Nair", "accounts@saltmarshpantry.example", "01632 960162",
        "2 Granary Yard\nLow Street\nThornmere\nTM5 8LS",
        {"sort_code": "002011", "account_number": "60418829"}, "5000",
        (
            Item("Sea salt flakes, 125 g", 215, 245, _DOZENS),
            Item("Damson chutney, 280 g", 245, 275, _DOZENS),
            Item("Heather honey, 340 g", 495, 560, (6, 12, 24)),
            Item("Oat biscuits, case of 12", 1740, 1920, (1, 2, 3)),
            Item("Gift hamper, small", 1650, 1850, _FEW, tax="STANDARD"),
        ),
        "SMP-{n}", 3318, every=13, last=3, step=4, lines=4, tax="ZERO", terms_days=21, tax_number="GB999000158",
    ),
    Trader(
        "Old Ropewalk Coffee Roasters", "Sam Whitlock", "billing@oldropewalk.example", "01632 960109",
        "The Ropewalk\n31 Harbour Lane\nPorthaven\nPH1 3HL",
        {"sort_code": "002011", "account_number": "25590317"}, "5000",
        (
            Item("House espresso, beans, 1 kg", 1320, 1450, (6, 8, 10)),
            Item("Retail bag, Quay blend, 250 g", 495, 545, (12, 24)),
            Item("Decaffeinated, ground, 250 g", 510, 560, (12,)),
            Item("Filter papers, pack of 100", 240, 280, (4, 6), tax="STANDARD"),
        ),
        "ORW{n}", 5571, every=14, last=1, step=3, lines=2, tax="ZERO", terms_days=14,
    ),
    Trader(
        "Fenwick & Daughters Packaging", "Ruth Fenwick", "accounts@fenwickpackaging.example", "01632 960183",
        "Boxmaker House\nTrading Estate Road\nMarlbridge\nMB7 6TE",
        {"sort_code": "002147", "account_number": "88301452"}, "5100",
        (
            Item("Double-wall carton, 305 × 229 × 229 mm", 68, 82, (100, 200, 300)),
            Item("Honeycomb paper wrap, 100 m", 1890, 2150, (2, 4, 6)),
            Item("Kraft tape, 48 mm × 50 m", 165, 195, (36, 72)),
            Item("Printed tissue, ream", 2450, 2690, (1, 2)),
        ),
        "F{n}", 70618, every=17, last=8, step=11, lines=3,
    ),
    Trader(
        "Harbourmaster Freight Ltd", "Callum Reid", "invoices@harbourmasterfreight.example", "01632 960155",
        "Dock Gate 4\nEast Wharf\nPorthaven\nPH2 9EW",
        {"sort_code": "002147", "account_number": "13974460"}, "5200",
        (
            Item("Pallet delivery, next day", 4650, 5900, (1, 2, 3)),
            Item("Tail-lift surcharge", 1250, 1250, (1, 2)),
            Item("Fuel surcharge, 7.5 %", 380, 960),
            Item("Storage, pallet week", 425, 425, (2, 4, 6)),
        ),
        "HF-{n}", 21904, every=9, last=1, step=5, lines=2, terms_days=14, tax_number="GB999000201",
        paid=Paid.SINGLE,
    ),
    Trader(
        "Channel Forwarding Ltd", "Beatrix Holm", "credit.control@channelforwarding.example", "020 7946 0821",
        "Suite 12, Customs House\nFerry Approach\nDunmouth\nDM3 5CH",
        {"iban": "GB92BARC00192560418829", "bic": "BARCGB22"}, "5200",
        (
            Item("Groupage, Leixões to Porthaven, per cbm", 8800, 9600, (2, 3, 4)),
            Item("Customs clearance, import entry", 5500, 6500),
            Item("Port handling and documents", 3900, 4600),
            Item("Import duty paid on your behalf", 12000, 24500, tax="EXEMPT"),
        ),
        "CF{year}{n:04d}", 317, every=27, last=7, step=19, lines=4, terms_days=14,
    ),
    Trader(
        "Cerâmica do Vouga, Lda", "Inês Tavares", "faturas@ceramicadovouga.example", "+351 234 555 018",
        "Rua da Estação 112\n3810-168 Aveiro\nPortugal",
        {"iban": "PT50003300004501234567865", "bic": "BCOMPTPL"}, "5000",
        (
            Item("Hand-painted tile, 14 × 14 cm, blue fish", 210, 245, (120, 240)),
            Item("Stoneware dinner plate, 27 cm", 640, 720, (48, 72)),
            Item("Salad bowl, 24 cm, terracotta", 1150, 1290, (12, 24)),
            Item("Export packing", 4800, 6200),
        ),
        "FT {year}/{n}", 208, every=24, last=10, step=6, lines=3, tax="ZERO", terms_days=45,
        currency="EUR", tax_number="PT501964843", paid=Paid.EURO,
    ),
    Trader(
        "Tessitura Lariana S.r.l.", "Giulia Bianchi", "amministrazione@tessituralariana.example", "+39 031 555 0142",
        "Via Borgovico 48\n22100 Como CO\nItaly",
        {"iban": "IT21X0306909606000000123456", "bic": "BCITITMM"}, "5000",
        (
            Item("Wool throw, herringbone, 130 × 180 cm", 3450, 3800, (6, 8, 12)),
            Item("Cushion cover, jacquard, 50 × 50 cm", 1480, 1650, (12, 24)),
            Item("Courier to the United Kingdom", 6500, 7800),
        ),
        "{n}/E", 141, every=33, last=15, step=9, lines=2, tax="ZERO", terms_days=30,
        currency="EUR", paid=Paid.EURO,
    ),
    Trader(
        "Blue Hill Stoneware LLC", "Hannah Pike", "ar@bluehillstoneware.example", "+1 207 555 0134",
        "18 Kiln Road\nBlue Hill, ME 04614\nUnited States",
        {"routing_number": "211970013", "account_number": "4401882917"}, "5000",
        (
            Item("Pie dish, speckled, 9 in", 1850, 2050, (12, 18, 24)),
            Item("Utensil crock", 1580, 1720, (12, 18)),
            Item("Ocean freight share", 14500, 18800),
        ),
        "{n}", 30155, every=52, last=20, step=34, lines=3, tax="ZERO", terms_days=45,
        currency="USD", paid=Paid.WIRE,
    ),
)  # fmt: skip
