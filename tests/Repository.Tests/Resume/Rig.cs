using System.Net;
using Headgate.Repository.Access;
using Headgate.Repository.Resume;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests.Resume;

/// <summary>What the tests of sessions share.</summary>
internal static class Rig
{
    /// <summary>A repository with a tenant and a restic repository of it.</summary>
    public static async Task<TestRepository> StartAsync(Func<RepositoryOptions, RepositoryOptions>? options = null, TimeProvider? time = null)
    {
        var repository = await TestRepository.StartAsync(options, time);
        repository.SetQuota("acme", 1L << 30);
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        return repository;
    }

    /// <summary>The head of an upload.</summary>
    public static string Post(string path, Blob blob) =>
        $"POST /{path}/data/{blob.Name} HTTP/1.1\r\nHost: x\r\nContent-Length: {blob.Content.Length}\r\n\r\n";

    /// <summary>Begins an upload and leaves it in the middle.</summary>
    public static async Task<Blob> BeginUploadAsync(TestSession session)
    {
        var blob = Blob.Random(900_000);
        await session.SendAsync(Post("host1", blob));
        await session.Http.WriteAsync(blob.Content.AsMemory(0, 400_000));
        await Wait.ForAsync(() => session.Repository.TemporaryFiles().Any(), "the upload is under way");
        return blob;
    }

    /// <summary>Ends an upload that <see cref="BeginUploadAsync"/> began, and sees it stored.</summary>
    public static async Task EndUploadAsync(TestSession session, Blob blob)
    {
        await session.Http.WriteAsync(blob.Content.AsMemory(400_000));
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
    }

    /// <summary>The only session ended for this reason, and everything of it was given back.</summary>
    public static async Task AssertNothingIsLeftAsync(TestRepository repository, string reason)
    {
        await Wait.ForAsync(() => repository.Metrics["sessions.ended/" + reason] == 1, $"it ended as {reason}, seen {repository.Metrics}");
        await Wait.ForAsync(
            () => repository.Metrics["sessions.active"] == 0 && repository.Metrics["sessions.suspended"] == 0
                && !repository.TemporaryFiles().Any() && repository.Ledger("acme").Reserved == 0,
            $"nothing stays behind, seen {repository.Metrics}");
        Assert.Equal((0, 0L), (Table(repository).Count, Table(repository).Budget.Held));
        var errors = repository.Log.All.Where(line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
        Assert.True(!errors.Any(), string.Join('\n', errors));
        Assert.DoesNotContain(Connections(repository).All, connection => connection.Role == ConnectionRole.Session);
    }

    public static SessionTable Table(TestRepository repository) => repository.Services.GetRequiredService<SessionTable>();

    /// <summary>The only session.</summary>
    public static SessionStream Only(TestRepository repository) => Assert.Single(Table(repository).All);

    public static ConnectionRegistry Connections(TestRepository repository) => repository.Services.GetRequiredService<ConnectionRegistry>();
}
