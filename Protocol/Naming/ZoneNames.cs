using System.Globalization;
using System.Security.Cryptography;

namespace Headgate.Protocol.Naming;

/// <summary>The names of one SP's zone and what each leads to. Immutable; safe for concurrent use.</summary>
public sealed class ZoneNames
{
    private const string DataInfix = ".data.";
    private const string AccessInfix = ".access.";
    private const int AccessIdLength = 26;

    /// <summary>The names of <paramref name="zone"/>.</summary>
    /// <exception cref="ArgumentException">The zone is not a lower-case DNS name of at most 180 characters.</exception>
    public ZoneNames(string zone)
    {
        if (!IsDnsName(zone) || zone.Length > 180)
        {
            throw new ArgumentException($"'{zone}' is not a zone: a lower-case DNS name of at most 180 characters, such as backup.example.com.", nameof(zone));
        }

        Zone = zone;
    }

    /// <summary>The zone, such as <c>backup.example.com</c>.</summary>
    public string Zone { get; }

    /// <summary>The public name that tenants know: <c>cc.&lt;zone&gt;</c>.</summary>
    public string TenantApi => "cc." + Zone;

    /// <summary>The tenants' site: <c>my.&lt;zone&gt;</c>.</summary>
    public string TenantSite => "my." + Zone;

    /// <summary>The name that the edge API's certificate carries; it needs no DNS entry, clients dial the address they were given.</summary>
    public string EdgeApi => "edge." + Zone;

    /// <summary>The certificate name of every route: <c>*.data.&lt;zone&gt;</c>.</summary>
    public string DataWildcard => "*.data." + Zone;

    /// <summary>The certificate name of every agentless access: <c>*.access.&lt;zone&gt;</c>.</summary>
    public string AccessWildcard => "*.access." + Zone;

    /// <summary>The server name of a route.</summary>
    public string Route(string label) => "r-" + label + DataInfix + Zone;

    /// <summary>A fresh, unguessable (128-bit) server name for one tenant's agentless access to one repository.</summary>
    public string NewAccess() => "a-" + Base32.Encode(RandomNumberGenerator.GetBytes(16)) + AccessInfix + Zone;

    /// <summary>What <paramref name="serverName"/> leads to. It must be in lower case already (see the gateway's reader).</summary>
    public ServerNameKind Classify(ReadOnlySpan<char> serverName)
    {
        if (serverName.Length <= Zone.Length || !serverName.EndsWith(Zone, StringComparison.Ordinal) || serverName[^(Zone.Length + 1)] != '.')
        {
            return ServerNameKind.Unknown;
        }

        var prefix = serverName[..^(Zone.Length + 1)];
        return prefix switch
        {
            "cc" => ServerNameKind.TenantApi,
            "my" => ServerNameKind.TenantSite,
            _ when prefix.StartsWith("gtw", StringComparison.Ordinal)
                && int.TryParse(prefix[3..], NumberStyles.None, CultureInfo.InvariantCulture, out _) => ServerNameKind.TenantApi,
            _ when prefix.Length == 2 + RouteLabel.Length + 5 && prefix.StartsWith("r-", StringComparison.Ordinal)
                && prefix.EndsWith(".data", StringComparison.Ordinal) => ServerNameKind.Route,
            _ when prefix.Length == 2 + AccessIdLength + 7 && prefix.StartsWith("a-", StringComparison.Ordinal)
                && prefix.EndsWith(".access", StringComparison.Ordinal) => ServerNameKind.Access,
            _ => ServerNameKind.Unknown,
        };
    }

    /// <summary>The label of a route's server name, or empty when <paramref name="serverName"/> is not one.</summary>
    public ReadOnlySpan<char> LabelOf(ReadOnlySpan<char> serverName) =>
        Classify(serverName) == ServerNameKind.Route ? serverName.Slice(2, RouteLabel.Length) : default;

    /// <summary>Whether <paramref name="name"/> is a lower-case DNS host name (RFC 1123, labels of 1 to 63, 253 in all).</summary>
    public static bool IsDnsName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > 253)
        {
            return false;
        }

        var labelLength = 0;
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c == '.')
            {
                if (labelLength == 0 || name[i - 1] == '-')
                {
                    return false;
                }

                labelLength = 0;
                continue;
            }

            var valid = c is >= 'a' and <= 'z' or >= '0' and <= '9' || (c == '-' && labelLength > 0);
            if (!valid || ++labelLength > 63)
            {
                return false;
            }
        }

        return labelLength > 0 && name[^1] != '-';
    }
}
