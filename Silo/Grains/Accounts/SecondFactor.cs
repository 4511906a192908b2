using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>An account's second factor: an authenticator's key, sealed in the state, and the codes that stand in for it.</summary>
internal sealed class SecondFactor(SecretBox box, SiloOptions options)
{
    // Longer than any code with its dashes; what is longer is not looked at.
    private const int MaxCodeLength = 40;

    /// <summary>Makes a key and puts it into <paramref name="state"/> as prepared.</summary>
    public SecondFactorSetup Prepare(string account, AccountState state)
    {
        var key = RandomNumberGenerator.GetBytes(Totp.KeyBytes);
        state.PreparedKey = box.Seal(NameOf(account), key);
        // Some authenticators take capitals only.
        var text = Base32.Encode(key).ToUpperInvariant();
        var issuer = Uri.EscapeDataString(options.Zone);
        return new SecondFactorSetup(
            text, $"otpauth://totp/{issuer}:{Uri.EscapeDataString(account)}?secret={text}&issuer={issuer}&algorithm=SHA1&digits={Totp.Digits}&period=30");
    }

    /// <summary>Puts the prepared key in force with new recovery codes, or answers null when <paramref name="code"/> is none of the key's.</summary>
    public ImmutableArray<string>? Enable(string account, AccountState state, string? code, DateTimeOffset now)
    {
        if (Step(account, state.PreparedKey, code, now, 0) is not { } step)
        {
            return null;
        }
        (state.AuthenticatorKey, state.PreparedKey, state.LastTimeStep) = (state.PreparedKey, null, step);
        var codes = RecoveryCodes.Make(out var hashes);
        state.RecoveryCodes = hashes;
        return codes;
    }

    /// <summary>Takes a code of the authenticator, which then is used, as are all before it.</summary>
    public bool TakeCode(string account, AccountState state, string? code, DateTimeOffset now)
    {
        if (Step(account, state.AuthenticatorKey, code, now, state.LastTimeStep) is not { } step)
        {
            return false;
        }
        state.LastTimeStep = step;
        return true;
    }

    /// <summary>Takes a recovery code, which then is used.</summary>
    public static bool TakeRecoveryCode(AccountState state, string? code) =>
        code is { Length: <= MaxCodeLength } && RecoveryCodes.Spend(state.RecoveryCodes, code);

    public static void Clear(AccountState state)
    {
        (state.AuthenticatorKey, state.PreparedKey) = (null, null);
        state.RecoveryCodes.Clear();
    }

    private long? Step(string account, byte[]? sealedKey, string? code, DateTimeOffset now, long after) => sealedKey is not null && code is { Length: <= MaxCodeLength }
        ? Totp.Find(box.Open(NameOf(account), sealedKey), code.Replace(" ", "", StringComparison.Ordinal), now, after)
        : null;

    private static string NameOf(string account) => $"account/{account}/authenticator";
}
