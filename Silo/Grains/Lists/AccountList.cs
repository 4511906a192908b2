using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Lists;

internal static class AccountList
{
    public static async Task<AccountPage> ReadAsync(
        SiloDbContext db, string? tenant, PageRequest page, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = db.Accounts.AsQueryable();
        if (tenant is not null)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (page.Search is { } search)
        {
            rows = rows.Where(row => row.Id.Contains(search) || row.DisplayName.ToLower().Contains(search));
        }
        rows = page.Filter switch
        {
            null => rows,
            "administrators" => rows.Where(row => row.Role == AccountRole.Administrator),
            _ => throw page.NoSuchFilter("administrators"),
        };
        if (page.Sort is not (null or "user"))
        {
            throw page.NoSuchOrder("user");
        }
        var accounts = await rows.By(page, row => row.Id).Part(page)
            .Select(row => new { Row = row, Codes = db.RecoveryCodes.Count(code => code.Account == row.Id) })
            .ToListAsync(cancellationToken);
        return new AccountPage(
            [.. accounts.Select(found => new AccountInfo(
                found.Row.Id,
                found.Row.DisplayName,
                found.Row.Role,
                found.Row.Tenant,
                found.Row.Disabled,
                found.Row.MustChangePassword,
                found.Row.AuthenticatorKey is not null,
                found.Codes,
                found.Row.LockedUntil > now ? found.Row.LockedUntil : null,
                found.Row.LastSignIn,
                found.Row.Created,
                found.Row.Revision))],
            await rows.CountAsync(cancellationToken));
    }
}
