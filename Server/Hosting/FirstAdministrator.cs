using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Server.Hosting;

/// <summary>
/// Makes the account <c>admin</c> where there is no administrator yet, with the password in the environment or one made here, which the server prints once. A server that is killed before it
/// prints has made it all the same: <c>headgate-server account reset admin</c> then helps.
/// </summary>
internal sealed class FirstAdministrator(IClusterClient grains, IDbContextFactory<SiloDbContext> contexts) : IHostedLifecycleService
{
    public const string Account = "admin";

    /// <summary>The environment variable with the first password. It is looked at once: an administrator that exists keeps the password that it has.</summary>
    public const string Variable = "HEADGATE_ADMIN_PASSWORD";

    /// <summary>The password that was made here, or null.</summary>
    public string? MadePassword { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="StartupException">The password in the environment cannot be one.</exception>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Accounts.AnyAsync(row => row.Role == AccountRole.Administrator, cancellationToken))
        {
            return;
        }

        var given = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } password ? password : null;
        try
        {
            var created = await grains.GetGrain<IAccountGrain>(Account).CreateAsync(
                new CreateAccount("Administrator", AccountRole.Administrator, null, given, MustChangePassword: given is null), cancellationToken);
            MadePassword = given is null ? created.Password : null;
        }
        catch (RefusedException refused) when (refused.Reason == RefusalReason.Exists)
        {
            // Another silo of the same database starts for the first time, too, and prints its password.
        }
        catch (RefusedException refused) when (given is not null && refused.Reason == RefusalReason.Invalid)
        {
            throw new StartupException($"The first administrator's password in the environment variable {Variable} cannot be used. {refused.Message}", refused);
        }
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
