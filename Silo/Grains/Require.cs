using System.Net;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Grains;

/// <summary>Checks of what comes in. Each refusal names the field, its value and what is allowed.</summary>
internal static class Require
{
    private const int ShownLength = 60;

    public static void Identifier(string field, string? value)
    {
        if (!Headgate.Protocol.Naming.Identifier.IsValid(value))
        {
            throw Invalid(field, value, Headgate.Protocol.Naming.Identifier.Allowed);
        }
    }

    public static void Text(string field, string? value, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length > maxLength || value.Any(char.IsControl))
        {
            throw Invalid(field, value, $"1 to {maxLength} characters without control characters");
        }
    }

    public static void Range(string field, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            throw Invalid(field, value.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{min} to {max}");
        }
    }

    public static void Host(string field, string? value)
    {
        if (!ZoneNames.IsDnsName(value) && !IPAddress.TryParse(value, out _))
        {
            throw Invalid(field, value, "an IP address or a DNS name in lower case");
        }
    }

    public static void Pools(string field, ImmutableArray<string> pools)
    {
        if (pools.IsDefault || pools.Length > 16 || pools.Distinct(StringComparer.Ordinal).Count() != pools.Length)
        {
            throw Invalid(field, pools.IsDefault ? null : string.Join(' ', pools), "at most 16 different pool ids");
        }
        foreach (var pool in pools)
        {
            Identifier(field, pool);
        }
    }

    public static void Defined<TEnum>(string field, TEnum value)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Invalid(field, value.ToString(), string.Join(", ", Enum.GetNames<TEnum>()));
        }
    }

    public static void Version(string noun, long? expected, long current)
    {
        if (expected is { } version && version != current)
        {
            throw new RefusedException(
                RefusalReason.Changed,
                $"Somebody changed {noun} in the meantime: it is at version {current}, the change was made for version {version}. Read it again, then change it.",
                current);
        }
    }

    public static RefusedException Invalid(string field, string? value, string allowed)
    {
        var shown = value is null ? "nothing" : value.Length > ShownLength ? $"'{value[..ShownLength]}...'" : $"'{value}'";
        return new RefusedException(RefusalReason.Invalid, $"{field}: {shown} cannot be; allowed: {allowed}.");
    }
}
