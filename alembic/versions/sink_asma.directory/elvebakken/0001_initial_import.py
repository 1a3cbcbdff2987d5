"""initial import

Schema elvebakken of sink_asma.directory.

Revision ID: f9547b24b33df3af
Revises:
"""

from cdcmig import bind

revision = 'f9547b24b33df3af'
down_revision = None
branch_labels = ('elvebakken',)

upgrade, downgrade = bind('sink_asma.directory/0001_initial_import', schema='elvebakken')
