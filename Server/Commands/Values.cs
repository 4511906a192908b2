using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Listening;

namespace Headgate.Server.Commands;

/// <summary>Parses what stands on the command line; what cannot be is a usage error that names the value and what is allowed.</summary>
internal static class Values
{
    /// <summary><c>500GiB</c> to bytes.</summary>
    public static long Size(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!ByteSize.TryParse(text, out var bytes))
        {
            result.AddError($"'{text}' is not a size; allowed is {ByteSize.Allowed}.");
        }

        return bytes;
    }

    /// <summary><c>100 MB/s</c> to bytes per second; 0 for <c>none</c>.</summary>
    public static long? Bandwidth(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TenantBandwidth.TryParse(text, out var bytesPerSecond))
        {
            return bytesPerSecond ?? 0;
        }

        result.AddError($"'{text}' is not a bandwidth limit; allowed is {TenantBandwidth.Allowed}.");
        return null;
    }

    /// <summary><c>30m</c>, <c>24h</c>, <c>7d</c> to a time span.</summary>
    public static TimeSpan Duration(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length > 1
            && long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count <= 1_000_000)
        {
            switch (text[^1])
            {
                case 's':
                    return TimeSpan.FromSeconds(count);
                case 'm':
                    return TimeSpan.FromMinutes(count);
                case 'h':
                    return TimeSpan.FromHours(count);
                case 'd':
                    return TimeSpan.FromDays(count);
            }
        }

        result.AddError($"'{text}' is not a duration; allowed is a number with s, m, h or d, such as 24h.");
        return default;
    }

    /// <summary><c>2027-01-31</c> or <c>2027-01-31T12:00:00Z</c>; a date alone means its end in UTC.</summary>
    public static DateTimeOffset? Date(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return new DateTimeOffset(day.ToDateTime(new TimeOnly(23, 59, 59)), TimeSpan.Zero);
        }

        if (text.Contains('T', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return moment;
        }

        result.AddError($"'{text}' is not a date; allowed is such as 2027-01-31 (its end, in UTC) or 2027-01-31T12:00:00Z.");
        return null;
    }

    /// <summary>The required <c>--address HOST:PORT</c>.</summary>
    public static Option<(string Host, int Port)> AddressOption(string description) => new("--address")
    {
        Description = description,
        Required = true,
        CustomParser = Address,
        HelpName = "HOST:PORT",
    };

    /// <summary><c>host:port</c>.</summary>
    public static (string Host, int Port) Address(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (EndPointText.TryParseHost(text, out var host, out var port))
        {
            return (host, port);
        }

        result.AddError($"'{text}' is not an address; allowed is {EndPointText.HostAllowed}.");
        return ("", 0);
    }
}
