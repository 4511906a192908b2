using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>An unused recovery code of an account, as its hash: a code has 80 random bits, so a fast hash hides it.</summary>
internal sealed class RecoveryCodeRow
{
    public required string Account { get; set; }

    public required byte[] CodeSha256 { get; set; }
}

internal sealed class RecoveryCodeRowConfiguration : IEntityTypeConfiguration<RecoveryCodeRow>
{
    public void Configure(EntityTypeBuilder<RecoveryCodeRow> builder)
    {
        builder.ToTable("recovery_code");
        builder.HasKey(row => new { row.Account, row.CodeSha256 });
        builder.HasOne<AccountRow>().WithMany().HasForeignKey(row => row.Account).OnDelete(DeleteBehavior.Cascade);
    }
}
