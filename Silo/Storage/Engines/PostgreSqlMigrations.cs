using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;

namespace Headgate.Silo.Storage.Engines;

/// <summary>Gives every text column the collation that the model says, so that migrations need not know of databases.</summary>
#pragma warning disable EF1001 // The generator's constructor takes the provider's options, whose interface EF counts as internal.
internal sealed class PostgreSqlMigrations(MigrationsSqlGeneratorDependencies dependencies, INpgsqlSingletonOptions options)
    : NpgsqlMigrationsSqlGenerator(dependencies, options)
#pragma warning restore EF1001
{
    protected override void ColumnDefinition(
        string? schema, string table, string name, ColumnOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        if (operation.ClrType == typeof(string))
        {
            operation.Collation ??= PostgreSqlEngine.Collation;
        }
        base.ColumnDefinition(schema, table, name, operation, model, builder);
    }
}
