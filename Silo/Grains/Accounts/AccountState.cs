using Headgate.Grains;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>What an account grain remembers.</summary>
[GenerateSerializer]
internal sealed class AccountState : StoredState
{
    [Id(0)]
    public string DisplayName { get; set; } = "";

    [Id(1)]
    public AccountRole Role { get; set; }

    [Id(2)]
    public string? Tenant { get; set; }

    [Id(3)]
    public string PasswordHash { get; set; } = "";

    [Id(4)]
    public bool MustChangePassword { get; set; }

    [Id(5)]
    public bool Disabled { get; set; }

    /// <summary>What sessions carry; a new one ends those that carry the old.</summary>
    [Id(6)]
    public string Stamp { get; set; } = "";

    [Id(7)]
    public WrongAttempts Wrong { get; set; } = WrongAttempts.None;

    /// <summary>The key of the authenticator in force, sealed; null without a second factor.</summary>
    [Id(8)]
    public byte[]? AuthenticatorKey { get; set; }

    /// <summary>A key of which no code was shown yet, sealed.</summary>
    [Id(9)]
    public byte[]? PreparedKey { get; set; }

    /// <summary>The time step of the last accepted code: it and older ones are not taken again.</summary>
    [Id(10)]
    public long LastTimeStep { get; set; }

    /// <summary>SHA-256 of each unused recovery code.</summary>
    [Id(11)]
    public List<ImmutableArray<byte>> RecoveryCodes { get; set; } = [];

    [Id(12)]
    public DateTimeOffset? LastSignIn { get; set; }

    [Id(13)]
    public DateTimeOffset Created { get; set; }

    /// <summary>Rises with what administrators change; signing in does not count.</summary>
    [Id(14)]
    public long Revision { get; set; }

    /// <summary>Set for the last write, which takes the rows away and keeps its words.</summary>
    [Id(15)]
    public bool Deleted { get; set; }
}
