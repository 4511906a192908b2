using System.Globalization;
using System.Security.Claims;

namespace Headgate.Portal;

/// <summary>Who is signed in, as the cookie says it.</summary>
/// <param name="Account">The user name.</param>
/// <param name="DisplayName">Free text.</param>
/// <param name="Role">What the account may do.</param>
/// <param name="Tenant">Its tenant, or null.</param>
/// <param name="Stamp">What the account grain compares.</param>
/// <param name="MustChangePassword">Whether nothing else is open before the password is changed.</param>
/// <param name="Expires">When the session ends.</param>
public sealed record SessionUser(
    string Account, string DisplayName, AccountRole Role, string? Tenant, string Stamp, bool MustChangePassword, DateTimeOffset Expires)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(SessionUser);

    internal const string MustChangeClaim = "headgate:must-change-password";
    private const string DisplayNameClaim = "headgate:display-name";
    private const string TenantClaim = "headgate:tenant";
    private const string StampClaim = "headgate:stamp";
    private const string ExpiresClaim = "headgate:expires";

    /// <summary>Of an account that has just signed in.</summary>
    public static SessionUser Of(AccountInfo account, string stamp, DateTimeOffset expires) =>
        new(account.Account, account.DisplayName, account.Role, account.Tenant, stamp, account.MustChangePassword, expires);

    /// <summary>Of a principal; null when it is not one of ours.</summary>
    public static SessionUser? From(ClaimsPrincipal principal)
    {
        if (principal.Identity?.IsAuthenticated != true
            || principal.FindFirstValue(ClaimTypes.Name) is not { } account
            || principal.FindFirstValue(StampClaim) is not { } stamp
            || !Enum.TryParse<AccountRole>(principal.FindFirstValue(ClaimTypes.Role), out var role)
            || !long.TryParse(principal.FindFirstValue(ExpiresClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
        {
            return null;
        }

        return new SessionUser(
            account,
            principal.FindFirstValue(DisplayNameClaim) ?? account,
            role,
            principal.FindFirstValue(TenantClaim),
            stamp,
            principal.HasClaim(claim => claim.Type == MustChangeClaim),
            DateTimeOffset.FromUnixTimeMilliseconds(expires));
    }

    /// <summary>The principal that the cookie carries.</summary>
    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        var identity = new ClaimsIdentity(scheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.Name, Account));
        // What antiforgery tokens are bound to: without it they were to all claims, and a form of before the session was renewed would be refused after.
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, Account));
        identity.AddClaim(new Claim(ClaimTypes.Role, Role.ToString()));
        identity.AddClaim(new Claim(DisplayNameClaim, DisplayName));
        identity.AddClaim(new Claim(StampClaim, Stamp));
        identity.AddClaim(new Claim(ExpiresClaim, Expires.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)));
        if (Tenant is not null)
        {
            identity.AddClaim(new Claim(TenantClaim, Tenant));
        }

        if (MustChangePassword)
        {
            identity.AddClaim(new Claim(MustChangeClaim, "true"));
        }

        return new ClaimsPrincipal(identity);
    }
}
