# ruff: noqa: N806, N817, T201, PTH101, B905
"""Seed a Tryton 8.2 database with the demo hospital (deterministic, idempotent).

Runs in the ERP's own virtual environment (trytond + proteus); the pipeline
never imports it.

    python tryton_seed.py --config trytond.conf --database hospital --init
    python tryton_seed.py --config trytond.conf --database hospital --bulk 1000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import subprocess
import sys
import time
from decimal import Decimal as D
from pathlib import Path

from proteus import Model, Wizard
from proteus import config as proteus_config

MODULES = [
    "party",
    "bank",
    "company",
    "currency",
    "product",
    "account",
    "account_product",
    "account_invoice",
    "account_invoice_stock",
    "purchase",
    "stock",
    "stock_lot",
    "stock_split",
    "document_incoming_invoice",
]
YEARS = (2025, 2026, 2027)
DAY0 = dt.date(2026, 10, 1)  # every seeded document is dated from here

SUPPLIERS = [  # name, EIN, street, city, zip, IBAN, payment days
    (
        "MedLine Surgical Supply Inc.",
        "36-2596612",
        "1200 Lakeside Dr",
        "Northfield",
        "60093",
        "GB82WEST12345698765432",
        30,
    ),
    ("Cardinal Labware GmbH", "31-0958666", "7000 Cardinal Pl", "Dublin", "43017", "DE89370400440532013000", 45),
    ("PharmaDirect Wholesale LLC", "20-1234567", "88 Harbor Way", "Newark", "07102", "FR1420041010050500013M02606", 15),
    ("Sterile Systems & Co.", "52-2107911", "5 Clean Room Ct", "Mentor", "44060", "NL91ABNA0417164300", 30),
    ("OfficeCare Facilities", "94-1687665", "410 Terry Ave", "Austin", "73301", "AT611904300234573201", 30),
]
# code, name, base price per purchase unit, purchase unit, lot-tracked, taxed, supplier index, supplier code
PRODUCTS = [
    ("GLV-NIT-M", "Nitrile exam gloves M", "8.9500", "Box of 10", False, False, 0, "MDL-10441"),
    ("GLV-NIT-L", "Nitrile exam gloves L", "8.9500", "Box of 10", False, False, 0, "MDL-10442"),
    ("MSK-N95", "N95 respirator", "11.2000", "Box of 10", True, False, 0, "MDL-20095"),
    ("GWN-ISO", "Isolation gown level 2", "36.4000", "Box of 10", False, False, 0, "MDL-30212"),
    ("SYR-10ML", "Syringe 10 ml luer lock", "14.7500", "Case of 100", True, False, 0, "MDL-40010"),
    ("NDL-21G", "Needle 21G x 1.5in", "9.3000", "Case of 100", True, False, 0, "MDL-40121"),
    ("TUB-EDTA", "EDTA blood tube 4 ml", "22.1500", "Case of 100", True, False, 1, "CL-367844"),
    ("TUB-SST", "Serum separator tube 5 ml", "27.8000", "Case of 100", True, False, 1, "CL-367986"),
    ("REA-CRP", "CRP reagent kit", "184.0000", "Unit", True, False, 1, "CL-R-0551"),
    ("REA-TNI", "Troponin I cartridge", "312.5000", "Unit", True, False, 1, "CL-R-0907"),
    ("PIP-1000", "Pipette tips 1000 ul", "18.6000", "Box of 10", False, False, 1, "CL-P-1000"),
    ("RX-HEP5K", "Heparin 5000 IU/ml vial", "4.1200", "Unit", True, False, 2, "PD-0409-2720"),
    ("RX-NS1L", "Sodium chloride 0.9% 1 l bag", "2.3500", "Unit", True, False, 2, "PD-0338-0049"),
    ("RX-PROP20", "Propofol 10 mg/ml 20 ml", "5.8800", "Unit", True, False, 2, "PD-63323-269"),
    ("RX-ONDAN", "Ondansetron 4 mg/2 ml", "1.1400", "Unit", True, False, 2, "PD-0641-6078"),
    ("STZ-WRAP", "Sterilisation wrap 120 cm", "96.0000", "Case of 100", False, False, 3, "SS-W120"),
    ("STZ-INDIC", "Chemical indicator strip", "42.2500", "Case of 100", True, False, 3, "SS-CI-44"),
    ("DET-ENZ5", "Enzymatic detergent 5 l", "58.9000", "Unit", False, False, 3, "SS-ED-5"),
    ("PAP-A4", "Copy paper A4", "4.8500", "Box of 10", False, True, 4, "OC-A4-80"),
    ("TON-BLK", "Toner cartridge black", "71.3000", "Unit", False, True, 4, "OC-TN-2420"),
]


def one(name, domain):
    found = Model.get(name).find(domain, limit=1)
    return found[0] if found else None


def run_admin(args, *extra):
    env = dict(os.environ, TRYTONPASSFILE=args.passfile)
    cmd = [str(Path(sys.executable).with_name("trytond-admin")), "-c", args.config, "-d", args.database, *extra]
    subprocess.run(cmd, env=env, check=True)


def seed_company():
    Company, Party = Model.get("company.company"), Model.get("party.party")
    Currency, Rate = Model.get("currency.currency"), Model.get("currency.currency.rate")
    usd = one("currency.currency", [("code", "=", "USD")])
    if not usd:
        usd = Currency(name="US Dollar", symbol="$", code="USD", numeric_code="840", rounding=D("0.01"), digits=2)
        usd.save()
        Rate(currency=usd, date=dt.date(2020, 1, 1), rate=D(1)).save()
    company = one("company.company", [])
    if not company:
        party = Party(name="General Hospital", code="GH")
        (address,) = party.addresses
        address.street, address.city, address.postal_code = "1 Hospital Way", "Springfield", "62701"
        party.identifiers.new(type="us_ein", code="37-0661234")
        party.save()
        wizard = Wizard("company.company.config")
        wizard.execute("company")
        wizard.form.party, wizard.form.currency = party, usd
        wizard.execute("add")
        company = Company.find([])[0]
    cfg = proteus_config.get_config()
    cfg._context = Model.get("res.user").get_preferences(True, {})
    return company, usd


def account(company, kind):
    if kind == "expense":  # the first 'expense' account of the chart is an accrual (2.2.1)
        return one("account.account", [("code", "=", "5.1.1"), ("company", "=", company.id)])
    return one("account.account", [("type." + kind, "=", True), ("company", "=", company.id), ("closed", "!=", True)])


def seed_accounting(company):
    if not one("account.account", [("company", "=", company.id)]):
        Data = Model.get("ir.model.data")
        root = Model.get("account.account.template")(
            Data.get_id("account.account_template_root_en", proteus_config.get_config().context)
        )
        chart = Wizard("account.create_chart")
        chart.execute("account")
        chart.form.account_template, chart.form.company = root, company
        chart.execute("create_account")
        chart.form.account_receivable = account(company, "receivable")
        chart.form.account_payable = account(company, "payable")
        chart.form.category_account_expense = account(company, "expense")
        chart.form.category_account_revenue = account(company, "revenue")
        chart.execute("create_properties")
    types = {t.name: t for t in Model.get("ir.sequence.type").find([])}
    FiscalYear, Strict = Model.get("account.fiscalyear"), Model.get("ir.sequence.strict")
    for year in YEARS:
        if one("account.fiscalyear", [("name", "=", str(year))]):
            continue
        fy = FiscalYear(name=str(year), company=company, start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31))
        move_seq = Strict(name=f"Moves {year}", sequence_type=types["Account Move"], company=company)
        move_seq.save()
        fy.move_sequence = move_seq
        inv_seq = Strict(
            name=f"Supplier invoices {year}",
            sequence_type=types["Invoice"],
            company=company,
            prefix=f"BILL/{year}/",
            padding=5,
        )
        inv_seq.save()
        (seq,) = fy.invoice_sequences
        seq.in_invoice_sequence = seq.in_credit_note_sequence = inv_seq
        seq.out_invoice_sequence = seq.out_credit_note_sequence = inv_seq
        fy.save()
        fy.click("create_period")
    tax = one("account.tax", [("name", "=", "Sales tax 6%")])
    if not tax:
        payable = one("account.account", [("code", "=", "6.3.6"), ("company", "=", company.id)])
        tax = Model.get("account.tax")(
            name="Sales tax 6%",
            description="Sales tax 6%",
            type="percentage",
            rate=D("0.06"),
            company=company,
            invoice_account=payable,
            credit_note_account=payable,
        )
        tax.save()
    Term = Model.get("account.invoice.payment_term")
    terms = {}
    for days in sorted({s[6] for s in SUPPLIERS}):
        term = one("account.invoice.payment_term", [("name", "=", f"Net {days}")])
        if not term:
            term = Term(name=f"Net {days}")
            line = term.lines.new(type="remainder")
            line.relativedeltas.new(days=days)
            term.save()
        terms[days] = term
    # cash payment method: lets a test pay an invoice with the 'Pay' wizard
    if not one("account.invoice.payment.method", []):
        cash = one("account.account", [("code", "=", "1.1.1"), ("company", "=", company.id)])
        journal = one("account.journal", [("type", "=", "cash")])
        Model.get("account.invoice.payment.method")(
            name="Cash", company=company, journal=journal, credit_account=cash, debit_account=cash
        ).save()
    return tax, terms


def seed_stock():
    Location = Model.get("stock.location")
    main = one("stock.location", [("code", "=", "WH")]) or one("stock.location", [("code", "=", "MC")])
    if main.code == "WH":
        main.name, main.code = "Main Campus", "MC"
        main.save()
    north = one("stock.location", [("code", "=", "NC")])
    if not north:
        parts = {}
        for key, kind, name in (
            ("input", "storage", "North Clinic Input"),
            ("output", "storage", "North Clinic Output"),
            ("storage", "storage", "North Clinic Storage"),
        ):
            loc = Location(name=name, type=kind, code="NC-" + key[:3].upper())
            loc.save()
            parts[key] = loc
        north = Location(
            name="North Clinic",
            code="NC",
            type="warehouse",
            input_location=parts["input"],
            output_location=parts["output"],
            storage_location=parts["storage"],
        )
        north.save()
    return {"MC": main, "NC": north}


def seed_suppliers(terms):
    Party, Account = Model.get("party.party"), Model.get("bank.account")
    out = []
    for n, (name, ein, street, city, code, iban, days) in enumerate(SUPPLIERS, 1):
        party = one("party.party", [("code", "=", f"SUP-{n:03d}")])
        if not party:
            party = Party(
                name=name, code=f"SUP-{n:03d}", supplier_payment_term=terms[days], customer_code=f"GH-{n:03d}"
            )
            (address,) = party.addresses
            address.street, address.city, address.postal_code = street, city, code
            party.identifiers.new(type="us_ein", code=ein)
            party.contact_mechanisms.new(type="email", value=f"billing{n}@example.test")
            party.save()
            bank = Account()
            bank.owners.append(Party(party.id))
            bank.numbers.new(type="iban", number=iban)
            bank.save()
        out.append(party)
    return out


def seed_products(company, usd, tax, suppliers):
    Uom, Category = Model.get("product.uom"), Model.get("product.category")
    Template, Price = Model.get("product.template"), Model.get("purchase.product_supplier.price")
    unit = one("product.uom", [("symbol", "=", "u")])
    units = {"Unit": unit}
    for name, symbol, factor in (("Box of 10", "bx", 10.0), ("Case of 100", "cs", 100.0)):
        uom = one("product.uom", [("symbol", "=", symbol)])
        if not uom:
            uom = Uom(
                name=name, symbol=symbol, category=unit.category, factor=factor, rate=1 / factor, rounding=1.0, digits=0
            )
            uom.save()
        units[name] = uom
    cats = {}
    for label, taxed in (("Medical supplies (exempt)", False), ("General supplies (6%)", True)):
        cat = one("product.category", [("name", "=", label)])
        if not cat:
            cat = Category(name=label, accounting=True)
            cat.account_expense, cat.account_revenue = account(company, "expense"), account(company, "revenue")
            if taxed:
                cat.supplier_taxes.append(Model.get("account.tax")(tax.id))
            cat.save()
        cats[taxed] = cat
    out = {}
    for code, name, price, uom, lot, taxed, sup, sup_code in PRODUCTS:
        product = one("product.product", [("code", "=", code)])
        if not product:
            tpl = Template(
                name=name,
                code=code,
                type="goods",
                default_uom=unit,
                purchasable=True,
                list_price=D("0"),
                account_category=cats[taxed],
            )
            tpl.purchase_uom = units[uom]
            if lot:
                tpl.lot_required = ["supplier"]
            ps = tpl.product_suppliers.new()
            ps.party, ps.code, ps.name, ps.currency = suppliers[sup], sup_code, name.upper(), usd
            ps.prices.append(Price(quantity=0, unit_price=D(price)))
            tpl.save()
            (product,) = tpl.products
        out[code] = product
    return units, out


GROUPS = ["Accounting", "Purchase", "Stock", "Document Incoming", "Party Administration"]


def seed_users(company, keyfile):
    """A least-privilege technical user and its REST application key."""
    User, App = Model.get("res.user"), Model.get("res.user.application")
    bot = one("res.user", [("login", "=", "invoice-bot")])
    if not bot:
        employee = Model.get("company.employee")(
            party=Model.get("party.party")(name="Invoice pipeline"), company=company
        )
        employee.party.save()
        employee.save()
        bot = User(name="Invoice pipeline", login="invoice-bot", password="Demo-only-pw-1")
        for name in GROUPS:
            bot.groups.append(one("res.group", [("name", "=", name)]))
        bot.companies.append(Model.get("company.company")(company.id))
        bot.company = company
        bot.employees.append(employee)
        bot.employee = employee
        bot.save()
    key = one("res.user.application", [("user", "=", bot.id), ("state", "=", "validated")])
    if not key:
        key = App(user=User(bot.id), application="rest")
        key.save()
    if keyfile:
        Path(keyfile).write_text(key.key + "\n")
        os.chmod(keyfile, 0o600)
    return bot


def bulk_orders(count, suppliers, products, units, warehouses, company, usd, receive=0.6):
    """`count` confirmed purchase orders, `receive` of them received (the last one partly)."""
    rng = random.Random(20261001)
    cfg = proteus_config.get_config()
    ctx = cfg.context
    Purchase, Shipment, Move = (cfg.get_proxy(n) for n in ("purchase.purchase", "stock.shipment.in", "stock.move"))
    Lot = cfg.get_proxy("stock.lot")
    by_supplier = {}
    for row in PRODUCTS:
        by_supplier.setdefault(row[6], []).append(row)
    ps_ids = {
        r["code"]: r["id"]
        for r in cfg.get_proxy("purchase.product_supplier").search_read([], 0, None, None, ["code"], ctx)
    }
    tax_ids = {p.id: [t.id for t in p.template.account_category.supplier_taxes] for p in products.values()}
    where = {w.id: (w.input_location.id, w.storage_location.id) for w in warehouses.values()}
    done = Purchase.search_count([("reference", "like", "BULK-%")], 0, None, ctx)
    ids = []
    for start in range(done, count, 100):
        values = []
        for n in range(start, min(start + 100, count)):
            sup = n % len(suppliers)
            rows = rng.sample(by_supplier[sup], min(3, len(by_supplier[sup])))
            party = suppliers[sup]
            lines = [
                {
                    "type": "line",
                    "product": products[r[0]].id,
                    "product_supplier": ps_ids[r[7]],
                    "quantity": float(rng.randint(1, 40)),
                    "unit": units[r[3]].id,
                    "unit_price": D(r[2]),
                    "description": r[1],
                    "taxes": [("add", tax_ids[products[r[0]].id])],
                }
                for r in rows
            ]
            values.append(
                {
                    "company": company.id,
                    "party": party.id,
                    "invoice_address": party.addresses[0].id,
                    "currency": usd.id,
                    "warehouse": warehouses[("MC", "NC")[n % 2]].id,
                    "invoice_method": "manual",
                    "reference": f"BULK-{n:06d}",
                    "purchase_date": DAY0 + dt.timedelta(days=n % 28),
                    "payment_term": party.supplier_payment_term.id,
                    "lines": [("create", lines)],
                }
            )
        batch = Purchase.create(values, ctx)
        Purchase.quote(batch, ctx)
        Purchase.confirm(batch, ctx)
        ids += batch
    to_receive = ids[: int(len(ids) * receive)]
    lotted = {products[r[0]].id for r in PRODUCTS if r[4]}
    for start in range(0, len(to_receive), 100):
        chunk = to_receive[start : start + 100]
        orders = {p["id"]: p for p in Purchase.read(chunk, ["party", "warehouse", "moves", "number"], ctx)}
        moves = {
            m["id"]: m
            for m in Move.read([m for p in orders.values() for m in p["moves"]], ["product", "quantity"], ctx)
        }
        lot_of = {}
        need = [(m, i) for i in chunk for m in orders[i]["moves"] if moves[m]["product"] in lotted]
        if need:
            for (m, _), lot in zip(
                need, Lot.create([{"number": f"L{m:06d}", "product": moves[m]["product"]} for m, _ in need], ctx)
            ):
                lot_of[m] = lot
            args = []
            for m, lot in lot_of.items():
                args += [[m], {"lot": lot}]
            Move.write(*args, ctx)
        ship = Shipment.create(
            [
                {
                    "company": company.id,
                    "supplier": orders[i]["party"],
                    "warehouse": orders[i]["warehouse"],
                    "warehouse_input": where[orders[i]["warehouse"]][0],  # not defaulted over RPC
                    "warehouse_storage": where[orders[i]["warehouse"]][1],
                    "reference": f"DN-{orders[i]['number']}",
                    "effective_date": DAY0 + dt.timedelta(days=28),
                    "incoming_moves": [("add", list(orders[i]["moves"]))],
                }
                for i in chunk
            ],
            ctx,
        )
        Shipment.receive(ship, ctx)
        Shipment.do(ship, ctx)
    return len(ids)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--config", required=True)
    ap.add_argument("--database", default="hospital")
    ap.add_argument("--passfile", help="file with the admin password (only with --init)")
    ap.add_argument("--init", action="store_true", help="create the tables and activate the modules first")
    ap.add_argument("--bulk", type=int, default=0, help="also make N confirmed purchase orders")
    ap.add_argument("--keyfile", help="write the REST application key here (mode 600)")
    args = ap.parse_args()
    times, t = {}, time.perf_counter()

    def lap(name):
        nonlocal t
        times[name] = round(time.perf_counter() - t, 2)
        t = time.perf_counter()

    if args.init:
        # --email belongs to the first call only: a later call with it (and without
        # --administrator) silently takes the administrator right from 'admin'.
        run_admin(args, "--all", "--email", "admin@example.test")
        run_admin(args, "-u", *MODULES, "--activate-dependencies")
        lap("init")
    proteus_config.set_trytond(args.database, config_file=args.config)
    lap("connect")
    company, usd = seed_company()
    tax, terms = seed_accounting(company)
    warehouses = seed_stock()
    suppliers = seed_suppliers(terms)
    units, products = seed_products(company, usd, tax, suppliers)
    seed_users(company, args.keyfile)
    lap("master data")
    if args.bulk:
        print("bulk orders:", bulk_orders(args.bulk, suppliers, products, units, warehouses, company, usd))
        lap("bulk")
    print(
        json.dumps(
            {"suppliers": len(suppliers), "products": len(products), "warehouses": list(warehouses), "seconds": times}
        )
    )


if __name__ == "__main__":
    main()
