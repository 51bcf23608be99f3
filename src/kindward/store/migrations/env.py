"""Run the migrations on the connection, and in the transaction, that the store hands in."""

from alembic import context

from kindward.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the store has already begun the one transaction that holds all steps
)
context.run_migrations()
