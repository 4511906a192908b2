using System.Data.Common;
using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Services;
using Headgate.Server.Commands;
using Headgate.Server.Databases;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage.Engines;

namespace Headgate.Server.Hosting;

/// <summary>Runs the server until SIGTERM or SIGINT.</summary>
internal static class ServerProcess
{
    /// <summary>Runs; prints <c>ready headgate-server edge=... tenant=... admin=...</c> once it serves, before it, at the very first start, <c>administrator admin password=...</c>.</summary>
    /// <returns>0 after a graceful stop; 1 when a part in this process ended by itself.</returns>
    /// <exception cref="StartupException">It cannot start.</exception>
    public static async Task<int> RunAsync(ServerOptions options, DatabaseChoice database, IServiceManager manager, TextWriter output, CancellationToken cancellationToken)
    {
        if (options.Validate() is { Count: > 0 } errors)
        {
            throw new StartupException(string.Join(Environment.NewLine, errors));
        }

        var serving = false;
        await using var report = new ServiceReporter(
            manager,
            () => new(serving, serving ? $"Serves zone {options.Silo.Zone}." : $"Starts to serve zone {options.Silo.Zone}."),
            TimeProvider.System);
        using var held = Open(options.Silo.DataDirectory);
        database.Locate(options.Silo.DataDirectory);
        await using var app = SiloHost.Build(options);
        await using var stopping = app.Lifetime.ApplicationStopping.Register(report.Stopping);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is AuthorityException or RefusedException or CryptographicException)
        {
            // The authority's own sentence, or what stands in the way of a part in this process.
            throw new StartupException(exception.Message, exception);
        }
        catch (DatabaseUnusableException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
        catch (DbException exception)
        {
            throw new StartupException($"The database cannot be brought up to date or read: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new StartupException($"The server cannot listen: {exception.Message}", exception);
        }

        database.Remember(options.Silo.DataDirectory);
        var addresses = app.Services.GetRequiredService<ListeningAddresses>();
        var socket = AdminSocket.PathOf(options.Silo.DataDirectory);
        if (app.Services.GetRequiredService<FirstAdministrator>().MadePassword is { } password)
        {
            await output.WriteLineAsync($"administrator {FirstAdministrator.Account} password={password}");
        }

        var sites = app.Services.GetRequiredService<Sites>() is { Portal: { } portal, Site: { } site } ? $" portal={portal} site={site}" : "";
        await output.WriteLineAsync($"ready headgate-server edge={addresses.Edge} tenant={addresses.Tenant} admin={socket}{sites}");
        await output.FlushAsync(cancellationToken);
        serving = true;
        await app.WaitForShutdownAsync(cancellationToken);
        return app.Services.GetRequiredService<Companions>().HasFailed ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static DataLock Open(string dataDirectory)
    {
        try
        {
            PrivateFile.CreateDirectory(dataDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The data directory {dataDirectory} cannot be made: {exception.Message}", exception);
        }

        return DataLock.Take(dataDirectory);
    }
}
