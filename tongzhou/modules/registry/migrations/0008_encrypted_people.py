"""Names of persons in charge and contacts of the territory are encrypted from now on.

Row by row in batches, so that people go on working; stopped, it starts anew and passes over what is
done. Sheets that wait to be written are checked again.
"""

from django.db import migrations

from tongzhou.kernel.privacy import rotating
from tongzhou.kernel.privacy.fields import EncryptedTextField, EncryptedValuesField

KEYS = ("id", "prov")
COLUMNS = (
    ("registry_organisation", "territory_contact", "registry.organisation.territory_contact"),
    ("registry_organ", "person", "registry.organ.person"),
)


def encrypt(apps, schema_editor):
    """Encrypt what lies in clear; empty the waiting rows, which their sheets bring back."""
    for table, column, place in COLUMNS:
        rotating.encrypt_column(table, KEYS, column, place)
    schema_editor.execute("DELETE FROM registry_importrow")


def decrypt(apps, schema_editor):
    """Write everything in clear again."""
    for table, column, place in COLUMNS:
        rotating.decrypt_column(table, KEYS, column, place)
    schema_editor.execute("DELETE FROM registry_importrow")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("registry", "0007_row_security")]

    operations = [
        migrations.AlterField(
            model_name="organisation",
            name="territory_contact",
            field=EncryptedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="organ",
            name="person",
            field=EncryptedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="territory_contact",
            field=EncryptedTextField(bound_to="registry.organisation.territory_contact"),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="people",
            field=EncryptedValuesField(bound_to="registry.organ.person"),
        ),
        migrations.RunPython(encrypt, decrypt),
    ]
