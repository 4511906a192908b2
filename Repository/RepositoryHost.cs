using System.Net.Sockets;
using System.Security.Cryptography;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Services;
using Headgate.Repository.Access;
using Headgate.Repository.Quota;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Headgate.Repository;

/// <summary>A cloud repository as a library: what the program runs, and what a server with a repository of its own runs beside itself.</summary>
public static class RepositoryHost
{
    private static readonly TimeSpan s_enrolTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_firstSnapshot = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs a repository until <paramref name="token"/> is cancelled. Enrols first when there is a code and no identity yet. Writes one line,
    /// <c>ready headgate-repository &lt;endpoints&gt;</c>, to standard output when it serves; faults go to standard error.
    /// </summary>
    /// <returns>0 after an orderly stop; 1 when it could not start, with the reason said; 2 when the options cannot be.</returns>
    public static async Task<int> RunAsync(RepositoryOptions options, CancellationToken token)
    {
        var faults = RepositoryOptionsValidator.Validate(options);
        if (faults.Count > 0)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, faults));
            return 2;
        }

        try
        {
            var identity = await LoadOrEnrolAsync(options, token);
            if (identity is null)
            {
                return 1;
            }

            // The parts themselves: the report outlives the application.
            AccessBook? book = null;
            ConnectionRegistry? connections = null;
            QuotaBook? quotas = null;
            await using var report = new ServiceReporter(options.Manager, () => RepositoryState.Of(book, connections, quotas, token), TimeProvider.System);
            await using var stopping = token.Register(report.Stopping);
            await using var application = RepositoryApplication.Build(options, identity, TimeProvider.System, configure: null, token);
            book = application.Services.GetRequiredService<AccessBook>();
            connections = application.Services.GetRequiredService<ConnectionRegistry>();
            quotas = application.Services.GetRequiredService<QuotaBook>();
            await application.StartAsync(token);
            await ServeAsync(application, token);
            return 0;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException or SocketException)
        {
            await Console.Error.WriteLineAsync("headgate-repository cannot start: " + fault.Message);
            return 1;
        }
    }

    /// <summary>Uses an enrolment code and keeps the identity in <paramref name="dataDirectory"/>; says on standard error why it did not work.</summary>
    /// <returns>0 when enrolled; 1 when refused or unreachable; 2 when the code cannot be one.</returns>
    public static async Task<int> EnrolAsync(string dataDirectory, string code, CancellationToken token)
    {
        if (ProgramIdentity.TryLoad(dataDirectory, out var known))
        {
            await Console.Error.WriteLineAsync(
                $"{dataDirectory} holds the identity of {known.Identity.ToUrn()} already. Use another folder, or delete it to enrol anew.");
            known.Dispose();
            return 1;
        }

        if (!EnrolmentCode.TryParse(code, out var parsed) || parsed.Role != CertificateRole.Repository)
        {
            await Console.Error.WriteLineAsync("That is not an enrolment code for a repository: it begins with hg1:repository: and is given by headgate-server.");
            return 2;
        }

        try
        {
            using var identity = await EnrolmentClient.EnrolAsync(
                parsed, inner => DialAsync(parsed, inner), Environment.MachineName.ToLowerInvariant(), TimeProvider.System, token);
            identity.Save(dataDirectory);
            await Console.Error.WriteLineAsync($"Enrolled as {identity.Identity.ToUrn()} in zone {identity.Zone}.");
            return 0;
        }
        catch (Exception fault) when (fault is ProblemException or EnrolmentException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    private static async Task<ProgramIdentity?> LoadOrEnrolAsync(RepositoryOptions options, CancellationToken token)
    {
        if (ProgramIdentity.TryLoad(options.DataDirectory, out var identity))
        {
            return identity;
        }

        if (options.Code is null)
        {
            await Console.Error.WriteLineAsync(
                $"{options.DataDirectory} holds no identity: enrol first (headgate-repository enroll --data DIR CODE), or give --code.");
            return null;
        }

        return await EnrolAsync(options.DataDirectory, options.Code, token) == 0 && ProgramIdentity.TryLoad(options.DataDirectory, out identity)
            ? identity
            : null;
    }

    private static async Task<Stream> DialAsync(EnrolmentCode code, CancellationToken token)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(token);
        deadline.CancelAfter(s_enrolTimeout);
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(code.Host, code.Port, deadline.Token);
            return client.GetStream();
        }
        catch (OperationCanceledException fault) when (!token.IsCancellationRequested)
        {
            client.Dispose();
            throw new IOException($"no answer within {s_enrolTimeout.TotalSeconds:0} s", fault);
        }
        catch (SocketException fault)
        {
            client.Dispose();
            throw new IOException(fault.Message, fault);
        }
    }

    private static async Task ServeAsync(WebApplication application, CancellationToken token)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, token);
        var died = application.WaitForShutdownAsync(CancellationToken.None);

        // Before the first snapshot every gateway is a stranger; a silo that is away does not keep this process from saying that it listens.
        await Task.WhenAny(
            application.Services.GetRequiredService<AccessBook>().Ready, Task.Delay(s_firstSnapshot, token), died);
        if (!token.IsCancellationRequested && !died.IsCompleted)
        {
            var addresses = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
            await Console.Out.WriteLineAsync(
                "ready headgate-repository " + string.Join(' ', addresses.Select(address => address[(address.IndexOf("//", StringComparison.Ordinal) + 2)..])));
            await Console.Out.FlushAsync(CancellationToken.None);
        }

        await Task.WhenAny(stopped, died);
        await application.StopAsync(CancellationToken.None);
        if (!token.IsCancellationRequested)
        {
            throw new IOException("A background task died; see the log.");
        }
    }
}
