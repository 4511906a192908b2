using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>Somebody who signs in; root of the recovery codes. The authenticator's keys are sealed under the operator secret.</summary>
internal sealed class AccountRow
{
    public required string Id { get; set; }

    public required string DisplayName { get; set; }

    public AccountRole Role { get; set; }

    public string? Tenant { get; set; }

    public required string PasswordHash { get; set; }

    public bool MustChangePassword { get; set; }

    public bool Disabled { get; set; }

    public required string Stamp { get; set; }

    public int WrongAttempts { get; set; }

    public int LockRounds { get; set; }

    public DateTimeOffset? LockedUntil { get; set; }

    public byte[]? AuthenticatorKey { get; set; }

    public byte[]? PreparedKey { get; set; }

    public long LastTimeStep { get; set; }

    public DateTimeOffset? LastSignIn { get; set; }

    public DateTimeOffset Created { get; set; }

    public long Revision { get; set; }

    public long Version { get; set; }
}

internal sealed class AccountRowConfiguration : IEntityTypeConfiguration<AccountRow>
{
    public void Configure(EntityTypeBuilder<AccountRow> builder)
    {
        builder.ToTable("account");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(row => row.Role);
    }
}
