using System.Diagnostics;
using Headgate.Grains;
using Headgate.Silo.Tests.Grains;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Storage;

/// <summary>The database goes away, or has no room: what was answered is there, what failed was told, and it goes on by itself.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Server_WhenRestartedUnderLoad_LosesNothingThatWasAnsweredAndTheSiloGoesOn()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync($"CREATE DATABASE silo OWNER {PostgreSqlCluster.User} TEMPLATE template0");
        using var folder = new TemporaryFolder();
        await using var database = await Database.OpenAsync(folder.Path, cluster.Url("silo"));
        var (answered, failed) = (new HashSet<string>(), new HashSet<string>());
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; !enough.IsCancellationRequested; number++)
            {
                var name = $"{writer:00}-{number:000000}";
                HashSet<string> told;
                try
                {
                    await database.Writer.WriteAsync((db, _) => { db.Secrets.Add(new() { Name = name, Ciphertext = [1] }); return Task.CompletedTask; }, default);
                    told = answered;
                }
                catch (Exception exception) when (exception is not (NullReferenceException or InvalidCastException))
                {
                    told = failed;
                }

                lock (answered)
                {
                    told.Add(name);
                }
            }
        })).ToArray();

        int Answered()
        {
            lock (answered)
            {
                return answered.Count;
            }
        }

        foreach (var mode in new[] { "immediate", "fast", "immediate" })
        {
            await UntilAsync(Answered() + 200);
            await cluster.RestartAsync(mode);
        }

        await UntilAsync(Answered() + 200);
        await enough.CancelAsync();
        await Task.WhenAll(writers);
        await using var db = database.Read();
        var stored = (await db.Secrets.Select(row => row.Name).ToListAsync()).ToHashSet();
        Assert.Empty(answered.Except(stored));
        Assert.Empty(stored.Except(answered).Except(failed));

        async Task UntilAsync(int count)
        {
            using var deadline = new CancellationTokenSource(s_patience);
            while (Answered() < count)
            {
                await Task.Delay(10, deadline.Token);
            }
        }
    }

    [Fact]
    public async Task Grains_WhenTheServerIsAwayAndComesBack_RefuseAndThenServe()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync($"CREATE DATABASE silo OWNER {PostgreSqlCluster.User} TEMPLATE template0");
        await using var silo = await SiloWorld.StartAsync(new TemporaryFolder(), cluster.Url("silo"));
        await silo.Tenant("acme").CreateAsync(new CreateTenant("Before", [], null, 0), default);

        await cluster.StopAsync("immediate");
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Tenant("acme").ChangeAsync(Rename("While away"), default));
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Tenant("other").GetAsync(default));
        await cluster.StartAsync();

        Assert.Equal("Before", (await silo.Tenant("acme").GetAsync(default)).DisplayName);
        Assert.Equal("After", (await silo.Tenant("acme").ChangeAsync(Rename("After"), default)).DisplayName);
        await using var db = silo.Read();
        Assert.Equal("After", (await db.Tenants.SingleAsync()).DisplayName);
    }

    [Fact]
    public async Task SqliteDisk_WhenFull_RefusesKeepsWhatWasAnsweredAndGoesOnWhenThereIsRoom()
    {
        RequireMounts();
        using var folder = new TemporaryFolder();
        // In a mount namespace of the child's own.
        var script = $"mount -t tmpfs -o size=12m tmpfs {folder.Path} && exec {WriterProcess.Program} fill sqlite {folder.Path} {folder["filler"]}";
        await FillAsync(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "bash", "-c", script]));
    }

    [Fact]
    public async Task PostgreSqlDisk_WhenFull_RefusesKeepsWhatWasAnsweredAndGoesOnWhenThereIsRoom()
    {
        RequireMounts();
        await using var cluster = await PostgreSqlCluster.StartWithSmallAsync(48);
        await cluster.SqlAsync($"CREATE DATABASE silo OWNER {PostgreSqlCluster.User} TEMPLATE template0 TABLESPACE small");
        using var folder = new TemporaryFolder();
        await FillAsync(new ProcessStartInfo(WriterProcess.Program, ["fill", cluster.Url("silo"), folder.Path, cluster.SmallPath("filler")]));
    }

    private static ChangeTenant Rename(string name) => new(name, null, null, null, null, null);

    private static void RequireMounts() => Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "Mounting a small file system needs root.");

    private static async Task FillAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        using var process = Process.Start(start)!;
        try
        {
            using var deadline = new CancellationTokenSource(s_patience);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var (refused, reads) = (await process.StandardOutput.ReadLineAsync(deadline.Token), await process.StandardOutput.ReadLineAsync(deadline.Token));
            Assert.True(refused == "refused full", $"{refused}{(refused is null ? await error : "")}");
            Assert.Equal("reads True", reads);
            await process.StandardInput.WriteLineAsync("go on");
            await process.StandardInput.FlushAsync(deadline.Token);
            var kept = await process.StandardOutput.ReadLineAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, await error);
            var words = kept!.Split(' ');
            Assert.True(words is ["kept", var there, "of", var answered] && there == answered && int.Parse(answered, null) >= 100, kept);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
            }
        }
    }
}
