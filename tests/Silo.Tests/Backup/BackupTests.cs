using System.Buffers.Binary;
using System.Security.Cryptography;
using Headgate.Server.Backup;
using Headgate.Server.Commands;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Headgate.Silo.Tests.Api;
using Microsoft.Data.Sqlite;

namespace Headgate.Silo.Tests.Backup;

/// <summary><c>backup</c> and <c>restore</c> against whatever can be wrong with a file, a folder or a passphrase.</summary>
public sealed class BackupTests(SiloWorld world) : IClassFixture<SiloWorld>, IDisposable
{
    private const string Passphrase = "correct horse battery staple";

    private readonly TemporaryFolder _folder = new(SqliteConnection.ClearAllPools);

    private string Backup => _folder["silo.backup"];

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Restore_OfABackup_HoldsEverythingAServerNeeds()
    {
        var tenant = await world.AddTenantAsync();
        var report = await MakeAsync();
        Assert.Contains("in it", report, StringComparison.Ordinal);
        Assert.Contains(world.Authority.Fingerprint, report, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("restore", Backup, "--data", Data)).Code);

        using var connection = new SqliteConnection($"Data Source={DatabaseFile.In(Data)};Pooling=False");
        connection.Open();
        Assert.Equal(1L, Scalar(connection, $"SELECT COUNT(*) FROM tenant WHERE id = '{tenant}'"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(world.Folder, OperatorSecret.FileName)), File.ReadAllBytes(Path.Combine(Data, OperatorSecret.FileName)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(world.Folder, "authority", "root.pem")), File.ReadAllBytes(Path.Combine(Data, "authority", "root.pem")));

        // Every number that anybody may remember is below the only one there is, and the next one is above it.
        var marker = (long)Scalar(connection, "SELECT sequence FROM edge_log");
        Assert.True(marker >= DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeMilliseconds() << 10);
        Assert.Equal(marker, Scalar(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'edge_log'"));
        Assert.Equal(0L, Scalar(connection, "SELECT COUNT(*) FROM enrolment_code WHERE used IS NULL"));
        Assert.Equal(1L, Scalar(connection, "SELECT COUNT(*) FROM audit WHERE kind = 'restored'"));
        Assert.Single(RestoreHistory.Load(Data).Spans);
        Assert.Equal(
            [OperatorSecret.FileName, "authority", DatabaseFile.Name, RestoreHistory.FileName, "server.lock"],
            Directory.EnumerateFileSystemEntries(Data).Select(Path.GetFileName).Order(StringComparer.Ordinal).OrderBy(name => name != OperatorSecret.FileName));
        Assert.NotNull(LastBackup.Load(world.Folder));
    }

    [Fact]
    public async Task Backup_HoldsNothingInTheClear()
    {
        await MakeAsync();
        var bytes = File.ReadAllBytes(Backup);
        foreach (var secret in new[] { File.ReadAllBytes(Path.Combine(world.Folder, OperatorSecret.FileName))[..20], "SQLite format 3"u8.ToArray(), "manifest.json"u8.ToArray() })
        {
            Assert.Equal(-1, bytes.AsSpan().IndexOf(secret));
        }
    }

    [Fact]
    public async Task Restore_WithAnotherPassphrase_SaysSoAndWritesNothing()
    {
        await MakeAsync();
        await RefusedAsync("passphrase", "restore", Backup, "--data", Data, "--passphrase-file", PassphraseFile("another passphrase"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(BackupFormat.HeaderBytes - 1)]
    [InlineData(BackupFormat.HeaderBytes)]
    [InlineData(BackupFormat.HeaderBytes + 1)]
    [InlineData(BackupFormat.HeaderBytes + 5000)]
    [InlineData(-1)]
    [InlineData(-BackupFormat.TagBytes)]
    public async Task Restore_OfATornFile_SaysSoAndWritesNothing(int length)
    {
        await MakeAsync();
        using (var file = File.OpenWrite(Backup))
        {
            file.SetLength(length < 0 ? file.Length + length : length);
        }

        await RefusedAsync("torn", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_OfAFileWithOneBitFlipped_IsRefusedWhereverThatIs()
    {
        await MakeAsync();
        var whole = File.ReadAllBytes(Backup);
        var random = new Random(7);
        var places = Enumerable.Range(0, 6).Select(_ => random.Next(BackupFormat.HeaderBytes, whole.Length)).Append(0).Append(12).Append(20).Append(60).Append(whole.Length - 1);
        foreach (var place in places)
        {
            var altered = (byte[])whole.Clone();
            altered[place] ^= 4;
            File.WriteAllBytes(Backup, altered);
            await RefusedAsync("", "restore", Backup, "--data", Data);
        }
    }

    [Fact]
    public async Task Restore_OfAFileWithMoreBehindIt_IsRefused()
    {
        await MakeAsync();
        File.AppendAllText(Backup, "more");
        await RefusedAsync("damaged", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_OfANewerFormat_SaysWhatToDo()
    {
        await MakeAsync();
        var bytes = File.ReadAllBytes(Backup);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(8), BackupFormat.Current + 1);
        File.WriteAllBytes(Backup, bytes);
        await RefusedAsync("or a newer one", "restore", Backup, "--data", Data);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public async Task Restore_OfAHeaderThatAsksForImpossibleWork_IsRefusedBeforeIt(int rounds)
    {
        await MakeAsync();
        var bytes = File.ReadAllBytes(Backup);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(10), rounds);
        File.WriteAllBytes(Backup, bytes);
        await RefusedAsync("header is damaged", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_OfADatabaseOfANewerVersion_SaysWhatToDo()
    {
        await MakeAsync();
        Alter("INSERT INTO __EFMigrationsHistory (MigrationId, ProductVersion) VALUES ('20990101000000_FromTheFuture', '20.0')");
        await RefusedAsync("20990101000000_FromTheFuture", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_WhereSecretAndDatabaseDoNotBelongTogether_IsRefused()
    {
        await MakeAsync();
        Alter("UPDATE silo_secret SET ciphertext = randomblob(200)");
        await RefusedAsync("do not belong together", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_OfAManifestWithUnknownFiles_NamesTheVersionThatKnowsThem()
    {
        await MakeAsync();
        Repack(manifest => manifest with { Program = "9.9", Files = [.. manifest.Files, new BackupFile("../../escape", 0, new string('0', 64))] });
        await RefusedAsync("headgate-server 9.9", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_OfContentThatIsNotWhatTheManifestSays_IsRefused()
    {
        await MakeAsync();
        Repack(manifest => manifest with { Files = [.. manifest.Files.Select(file => file with { Sha256 = new string('0', 64) })] });
        await RefusedAsync("not what its manifest says", "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Restore_IntoAFolderThatHoldsSomething_IsRefusedAndLeavesItAlone()
    {
        await MakeAsync();
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "headgate.db"), "somebody's");
        var (code, said) = await RunAsync("restore", Backup, "--data", Data);
        Assert.Equal(1, code);
        Assert.Contains("not empty: it holds 'headgate.db'", said, StringComparison.Ordinal);
        Assert.Equal("somebody's", File.ReadAllText(Path.Combine(Data, "headgate.db")));
    }

    [Fact]
    public async Task Restore_AfterOneThatWasCutOff_BeginsAnew()
    {
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Data, ".restoring", "authority"));
        File.WriteAllText(Path.Combine(Data, ".restoring", "headgate.db"), "half");
        Assert.Equal(0, (await RunAsync("restore", Backup, "--data", Data)).Code);
        Assert.False(Directory.Exists(Path.Combine(Data, ".restoring")));
    }

    [Fact]
    public async Task Restore_WithoutTheOperatorSecret_SaysWhereToGiveIt()
    {
        Assert.Contains("NOT in it", await MakeAsync("--without-operator-secret"), StringComparison.Ordinal);
        await RefusedAsync(OperatorSecret.Variable, "restore", Backup, "--data", Data);
    }

    [Fact]
    public async Task Backup_WithoutAPassphrase_IsRefused()
    {
        await RefusedAsync("--passphrase-file", "backup", Backup, "--data", world.Folder, "--passphrase-file", PassphraseFile(""));
        await RefusedAsync("at least 12", "backup", Backup, "--data", world.Folder, "--passphrase-file", PassphraseFile("short"));
        await RefusedAsync("cannot be read", "backup", Backup, "--data", world.Folder, "--passphrase-file", _folder["nowhere"]);
        Assert.False(File.Exists(Backup));
    }

    [Fact]
    public async Task Backup_OverAFileThatIsThere_NeedsReplace()
    {
        File.WriteAllText(Backup, "yesterday's");
        await RefusedAsync("--replace", "backup", Backup, "--data", world.Folder);
        Assert.Equal("yesterday's", File.ReadAllText(Backup));
        await MakeAsync("--replace");
        Assert.True(new FileInfo(Backup).Length > 1000);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.partial"));
    }

    [Fact]
    public async Task Backup_OfNoServersFolder_IsRefused()
    {
        await RefusedAsync("no data directory", "backup", Backup, "--data", _folder["nowhere"]);
        Directory.CreateDirectory(Data);
        await RefusedAsync("There is no database", "backup", Backup, "--data", Data);
    }

    [Fact]
    public async Task Backup_WhileAnotherIsMade_IsRefused()
    {
        using (new FileStream(Path.Combine(world.Folder, "backup.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            await RefusedAsync("Another backup", "backup", Backup, "--data", world.Folder);
        }
    }

    [Fact]
    public async Task Backup_WhereItCannotBeWritten_SaysSoAndLeavesNoCopyBehind()
    {
        await RefusedAsync("cannot be written", "backup", Path.Combine(_folder.Path, "nowhere", "silo.backup"), "--data", world.Folder);
        Assert.Empty(Directory.EnumerateDirectories(world.Folder, ".backup-*"));
    }

    [Fact]
    public async Task Backup_WhileManyWrite_IsOfOneMoment()
    {
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await world.AddTenantAsync();
            }
        });
        await MakeAsync();
        await stop.CancelAsync();
        await writing;
        Assert.Equal(0, (await RunAsync("restore", Backup, "--data", Data)).Code);
    }

    private static object Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!;
    }

    private async Task<string> MakeAsync(params string[] more)
    {
        var (code, said) = await RunAsync(["backup", Backup, "--data", world.Folder, .. more]);
        Assert.True(code == 0, said);
        return said;
    }

    private async Task RefusedAsync(string sentence, params string[] arguments)
    {
        var (code, said) = await RunAsync(arguments);
        Assert.True(code == 1, $"{code}: {said}");
        Assert.Contains(sentence, said, StringComparison.Ordinal);
        Assert.True(!Directory.Exists(Data) || Directory.EnumerateFileSystemEntries(Data).All(path => Path.GetFileName(path) is "server.lock" or "backup.lock"), said);
    }

    private async Task<(int Code, string Said)> RunAsync(params string[] arguments)
    {
        string[] all = arguments.Contains("--passphrase-file") ? arguments : [.. arguments, "--passphrase-file", PassphraseFile(Passphrase)];
        using var output = new StringWriter();
        var code = await ServerCommand.RunAsync(all, output, output);
        return (code, output.ToString());
    }

    private string PassphraseFile(string passphrase)
    {
        var path = _folder["passphrase"];
        File.WriteAllText(path, passphrase + "\n");
        return path;
    }

    /// <summary>The backup, with its database changed: whole and well sealed.</summary>
    private void Alter(string sql)
    {
        Repack(manifest => manifest, folder =>
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, DatabaseFile.Name)};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        });
    }

    private void Repack(Func<BackupManifest, BackupManifest> change, Action<string>? alter = null)
    {
        var folder = _folder["unpacked"];
        BackupManifest manifest;
        using (var file = File.OpenRead(Backup))
        {
            var header = new byte[BackupFormat.HeaderBytes];
            file.ReadExactly(header);
            using var format = BackupFormat.Open(header, Passphrase);
            manifest = BackupArchive.Read(new OpeningStream(file, format), folder, CancellationToken.None);
        }

        alter?.Invoke(folder);
        manifest = change(manifest with { Files = [.. manifest.Files.Select(file => BackupArchive.Describe(file.Name, Path.Combine(folder, file.Name)))] });
        using var target = new FileStream(Backup, FileMode.Create);
        using var fresh = BackupFormat.Create(Passphrase, rounds: 100_000);
        using var sealing = new SealingStream(target, fresh);
        BackupArchive.Write(sealing, manifest, name => File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : Path.Combine(folder, "operator.secret"), CancellationToken.None);
        sealing.Finish();
    }
}
