using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Headgate.Portal;

/// <summary>
/// Short-lived proofs, from a request with a fresh cookie to the circuit of a page whose session had ended, that the same user has signed in again.
/// </summary>
public sealed class SessionTickets(IDataProtectionProvider protection, SiteOptions site)
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(30);

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("Headgate.Portal.SessionTicket", site.Name).ToTimeLimitedDataProtector();

    /// <summary>A ticket, good for 30 s on this site.</summary>
    public string Write(SessionUser user) => _protector.Protect(JsonSerializer.Serialize(user), s_lifetime);

    /// <summary>Whose ticket it is; null when it is none, or too old.</summary>
    public SessionUser? Read(string ticket)
    {
        try
        {
            return JsonSerializer.Deserialize<SessionUser>(_protector.Unprotect(ticket));
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }
}
