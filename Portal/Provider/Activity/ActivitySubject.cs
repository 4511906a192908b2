using System.Text.RegularExpressions;

namespace Headgate.Portal.Provider.Activity;

/// <summary>The page of what an entry is about, where that can be told.</summary>
internal static partial class ActivitySubject
{
    /// <summary>Where it leads and what it is called; null when it cannot be told. Names that people chose come after the noun in every sentence, so the first noun is the silo's.</summary>
    public static (string Href, string Text)? Of(ActivityInfo entry)
    {
        if (entry.Kind == "account-deleted")
        {
            return null;
        }

        if (Account().Match(entry.What) is { Success: true } account)
        {
            return (Links.Account(account.Groups[1].Value), account.Groups[1].Value);
        }

        if (entry.Tenant is { } tenant)
        {
            return OfTenant(entry, tenant);
        }

        return Host().Match(entry.What) is { Success: true } host
            ? (host.Groups[1].Value == "gateway" ? Links.Gateway(host.Groups[2].Value) : Links.Repository(host.Groups[2].Value), host.Groups[2].Value)
            : null;
    }

    private static (string Href, string Text) OfTenant(ActivityInfo entry, string tenant)
    {
        if (Job().Match(entry.What) is { Success: true } job)
        {
            return (Links.Job(tenant, job.Groups[1].Value), $"{tenant}/{job.Groups[1].Value}");
        }

        var section = entry.Kind switch
        {
            "code-created" or "code-used-again" or "enrolled" or "renewed" or "revoked" => "connectors",
            "access-key-created" or "access-key-revoked" => "access-keys",
            _ => null,
        };
        return (Links.Tenant(tenant, section), tenant);
    }

    [GeneratedRegex(@"\A[Aa]ccount '([a-z0-9][a-z0-9._@-]{0,63})'", RegexOptions.CultureInvariant)]
    private static partial Regex Account();

    [GeneratedRegex(@"\A(?:An enrolment code for |A used enrolment code for |The certificate of )?(gateway|repository) '([a-z0-9-]{1,24})'", RegexOptions.CultureInvariant)]
    private static partial Regex Host();

    [GeneratedRegex(@"\A(?:Run [0-9]+ of )?job '([a-z0-9-]{1,24})' of tenant ", RegexOptions.CultureInvariant)]
    private static partial Regex Job();
}
