"""The words that a generated directory is made of: names as they are written and as they stand in an address."""

from __future__ import annotations

from typing import Final

# As people write them, and in the letters that a userPrincipalName may have.
GIVEN_NAMES: Final = (
    ("Ada", "ada"),
    ("Ana", "ana"),
    ("Anaïs", "anais"),
    ("Björn", "bjorn"),
    ("Chidi", "chidi"),
    ("Chloé", "chloe"),
    ("D'Andre", "d'andre"),
    ("Elif", "elif"),
    ("Emma", "emma"),
    ("Fatima", "fatima"),
    ("Grace", "grace"),
    ("Inês", "ines"),
    ("James", "james"),
    ("José", "jose"),
    ("Kofi", "kofi"),
    ("Lúcia", "lucia"),
    ("Mary Ann", "maryann"),
    ("Mira", "mira"),
    ("Nadia", "nadia"),
    ("Noah", "noah"),
    ("Ольга", "olga"),
    ("Priya", "priya"),
    ("Rashid", "rashid"),
    ("Seán", "sean"),
    ("Sofia", "sofia"),
    ("Thảo", "thao"),
    ("Tomáš", "tomas"),
    ("伟", "wei"),
    ("Yuki", "yuki"),
    ("Zoë", "zoe"),
)
SURNAMES: Final = (
    ("Abara", "abara"),
    ("Brandt", "brandt"),
    ("Çelik", "celik"),
    ("D'Angelo", "d'angelo"),
    ("Fernández", "fernandez"),
    ("Garcia", "garcia"),
    ("Иванова", "ivanova"),
    ("Johansson", "johansson"),
    ("Kim", "kim"),
    ("Łukasik", "lukasik"),
    ("李", "li"),
    ("Mensah", "mensah"),
    ("Müller", "muller"),
    ("Nguyễn", "nguyen"),
    ("O'Brien", "o'brien"),
    ("Okafor", "okafor"),
    ("Patel", "patel"),
    ("Prado", "prado"),
    ("Şahin", "sahin"),
    ("Silva", "silva"),
    ("Smith", "smith"),
    ("Smith-Jones", "smith-jones"),
    ("van der Berg", "vanderberg"),
    ("Yamamoto", "yamamoto"),
)
# A department, and the titles below its manager's.
DEPARTMENTS: Final = {
    "Leasing": ("Leasing Agent", "Leasing Agent", "leasing agent", "Senior Leasing Agent"),
    "Accounting": ("Accountant", "Bookkeeper", "Property Manager"),
    "Operations": ("Property Manager", "Assistant Manager", "Concierge"),
    "Maintenance": ("Maintenance Technician", "Groundskeeper"),
}
DEPARTMENT_MANAGER: Final = "Property Manager"
REGIONS: Final = ("North", "South", "West")
REGIONAL_MANAGER: Final = "Regional Manager"
CHIEF: Final = "Chief Executive Officer"
SEPARATORS: Final = ("-", "-", "-", "-", " - ")  # as people type them
OFFICES: Final = (
    ("12 Harbor Street", "Portland", "ME", "04101", "US", "+1 207 555 0"),
    ("7 rue de l'Église", "Montréal", "QC", "H2Y 1C6", "CA", "+1 514 555 0"),
    ("Königsallee 3", "Düsseldorf", "NW", "40212", "DE", "+49 211 555 0"),
    ("221B Baker St.", "London", "Greater London", "NW1 6XE", "GB", "+44 20 7946 0"),
)
LANGUAGES: Final = ("en-US", "fr-CA", "de-DE", "en-GB", None)
