using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>Which roots a program last said that it trusts.</summary>
internal sealed class ProgramTrustRow
{
    /// <summary><c>urn:headgate:role:id</c>.</summary>
    public required string Identity { get; set; }

    /// <summary>Fingerprints, separated by commas; first the root that its own certificate leads to.</summary>
    public required string Authorities { get; set; }

    /// <summary>When it first said so.</summary>
    public DateTimeOffset Confirmed { get; set; }
}

internal sealed class ProgramTrustRowConfiguration : IEntityTypeConfiguration<ProgramTrustRow>
{
    public void Configure(EntityTypeBuilder<ProgramTrustRow> builder)
    {
        builder.ToTable("program_trust");
        builder.HasKey(row => row.Identity);
    }
}
