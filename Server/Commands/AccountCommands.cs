using System.CommandLine;
using Headgate.Grains;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>account add | list | show | reset | disable | enable | delete | clear-second-factor</c>.</summary>
internal sealed class AccountCommands(ServerCommand server)
{
    private readonly Argument<string> _account = new("NAME") { Description = "The user name." };
    private readonly Option<AccountRole?> _role = new("--role") { Description = "administrator: the portal; tenant: one tenant on the tenants' site. Default: tenant with --tenant, else administrator." };
    private readonly Option<string?> _tenant = new("--tenant") { Description = "The tenant's id.", HelpName = "TENANT" };
    private readonly Option<string?> _name = new("--name") { Description = "The display name. Default: the user name." };
    private readonly Option<long?> _expectVersion = new("--expect-version") { Description = "Change only if the account is still at this version." };

    public Command Create() => new("account", "Accounts of the portal and the tenants' site.")
    {
        server.Talk("add", "Makes an account and prints its first password, once.", [_account, _role, _tenant, _name], AddAsync),
        server.Talk("list", "Lists accounts: everybody's, or a tenant's.", [_tenant], ListAsync),
        server.Talk("show", "Shows an account.", [_account], async (context, token) => Show(context, await context.Server.GetAsync<AccountInfo>(Path(context), token))),
        server.Talk("reset", "Sets a new password and prints it, once; ends the account's sessions and its lock.", [_account, ServerCommand.ExpectVersion], async (context, token) =>
            ShowPassword(context, await context.Server.SendAsync<CreatedAccount>(HttpMethod.Post, ManagementRoutes.AccountPassword(context.Get(_account)), null, token))),
        server.Talk("disable", "Lets it sign in no more and ends its sessions.", [_account, _expectVersion], (context, token) => DisableAsync(context, true, token)),
        server.Talk("enable", "Lets it sign in again.", [_account, _expectVersion], (context, token) => DisableAsync(context, false, token)),
        server.Talk("delete", "Ends an account for good.", [_account, ServerCommand.ExpectVersion], async (context, token) =>
        {
            var deleted = await context.Server.SendAsync<AccountInfo>(HttpMethod.Delete, Path(context), null, token);
            Show(context, deleted, "deleted");
        }),
        server.Talk("clear-second-factor", "Takes the second factor away from somebody who lost it; ends the account's sessions.", [_account, ServerCommand.ExpectVersion], async (context, token) =>
            Show(context, await context.Server.SendAsync<AccountInfo>(HttpMethod.Delete, ManagementRoutes.AccountSecondFactor(context.Get(_account)), null, token))),
    };

    private string Path(CommandContext context) => ManagementRoutes.Account(context.Get(_account));

    private async Task AddAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (account, tenant) = (context.Get(_account), context.Get(_tenant));
        var role = context.Get(_role) ?? (tenant is null ? AccountRole.Administrator : AccountRole.Tenant);
        ShowPassword(context, await context.Server.SendAsync<CreatedAccount>(
            HttpMethod.Post, ManagementRoutes.Accounts, new NewAccount(account, context.Get(_name) ?? account, role, tenant), cancellationToken));
    }

    private async Task DisableAsync(CommandContext context, bool disabled, CancellationToken cancellationToken) => Show(
        context,
        await context.Server.SendAsync<AccountInfo>(
            HttpMethod.Patch, Path(context), new AccountChange(null, disabled, context.Get(_expectVersion)), cancellationToken));

    private async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var accounts = await Pages.AllAsync<AccountPage, AccountInfo>(
            context.Server, ManagementRoutes.Accounts, page => (page.Items, page.Total), cancellationToken, context.Get(_tenant));
        context.Screen.Records(
            accounts,
            ["account", "name", "role", "tenant", "state", "second factor", "last sign-in"],
            account =>
            [
                account.Account,
                account.DisplayName,
                Role(account),
                account.Tenant ?? "-",
                State(account),
                Texts.YesNo(account.HasSecondFactor),
                Texts.Time(account.LastSignIn),
            ],
            "There is no account yet.");
    }

    private static void ShowPassword(CommandContext context, CreatedAccount created)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(created);
            return;
        }

        Show(context, created.Account);
        context.Screen.Line();
        context.Screen.Line("The password; it is not shown again and must be changed at the first sign-in:");
        context.Screen.Line(created.Password);
    }

    private static void Show(CommandContext context, AccountInfo account, string? state = null) => context.Screen.Record(
        account,
        ("account", account.Account),
        ("name", account.DisplayName),
        ("role", Role(account)),
        ("tenant", account.Tenant),
        ("state", state ?? State(account)),
        ("second factor", account.HasSecondFactor ? $"yes, {account.RecoveryCodesLeft} recovery codes left" : "no"),
        ("last sign-in", Texts.Time(account.LastSignIn)),
        ("created", Texts.Time(account.Created)),
        ("version", Texts.Number(account.Version)));

    private static string Role(AccountInfo account) => account.Role.ToString().ToLowerInvariant();

    private static string State(AccountInfo account) => account switch
    {
        { Disabled: true } => "disabled",
        { LockedUntil: { } until } => $"locked until {Texts.Time(until)}",
        { MustChangePassword: true } => "must change password",
        _ => "active",
    };
}
