using System.Text.Json;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Jobs;

/// <summary>
/// The jobs of this machine, in the state folder's <c>jobs</c>: <c>NAME.job.json</c> is a job as it was set up, <c>NAME.record.json</c> what became of it, <c>NAME.lock</c> is
/// held by the process that runs it, and <c>NAME.logs/</c> has a log for each run. Files are for their owner alone. Safe for use by several processes: what was
/// set up is replaced as a whole, and the record is written under a lock of its own.
/// </summary>
internal sealed class JobStore(StateFolder folder)
{
    private const string Definition = ".job.json";
    private const string Record = ".record.json";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private readonly string _path = Path.Combine(folder.Path, "jobs");

    /// <summary>Names of all jobs, in order.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(_path)
        ? []
        : [.. Directory.EnumerateFiles(_path, "*" + Definition)
            .Select(file => Path.GetFileName(file)[..^Definition.Length])
            .Where(Identifier.IsValid)
            .Order(StringComparer.Ordinal)];

    /// <summary>When it was last set up; null where there is no such job.</summary>
    public DateTime? ChangedAt(string job) => File.Exists(Of(job, Definition)) ? File.GetLastWriteTimeUtc(Of(job, Definition)) : null;

    /// <summary>The job, or null.</summary>
    /// <exception cref="ConnectorFailureException">It cannot be read.</exception>
    public JobDefinition? Find(string job) => Read(Of(job, Definition), JobJson.Default.JobDefinition);

    /// <summary>The job.</summary>
    /// <exception cref="ConnectorFailureException">There is none, or it cannot be read.</exception>
    public JobDefinition Get(string job) => Find(job)
        ?? throw new ConnectorFailureException(ExitCodes.Usage, $"This machine has no job '{job}' ({Listed()}). Set one up with: headgate jobs add");

    /// <summary>What became of it so far.</summary>
    /// <exception cref="ConnectorFailureException">That cannot be read.</exception>
    public JobRecord RecordOf(string job) => Read(Of(job, Record), JobJson.Default.JobRecord) ?? new JobRecord();

    /// <summary>As <see cref="RecordOf"/>; one that cannot be read is said, and is as none: it holds no backup up.</summary>
    public JobRecord TryRecordOf(string job, Action<string> say)
    {
        try
        {
            return RecordOf(job);
        }
        catch (ConnectorFailureException failure)
        {
            say($"what became of job {job} so far is not known, and it goes on: {failure.Message}");
            return new JobRecord();
        }
    }

    /// <summary>Keeps a job.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void Save(JobDefinition job) => Write(
        Of(job.Job, Definition), file => JsonSerializer.Serialize(file, job, JobJson.Default.JobDefinition));

    /// <summary>Changes what is remembered of it, alone among the processes of this machine.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void Change(string job, Func<JobRecord, JobRecord> change)
    {
        using var alone = LockRecord(job);

        // One that cannot be read is begun anew; who reads it before has said so.
        var changed = change(TryRecordOf(job, _ => { }));
        Write(Of(job, Record), file => JsonSerializer.Serialize(file, changed, JobJson.Default.JobRecord));
    }

    /// <summary>As <see cref="Change"/>; a record that cannot be written, as on a full disk, is said and holds no backup up.</summary>
    public void TryChange(string job, Func<JobRecord, JobRecord> change, Action<string> say)
    {
        try
        {
            Change(job, change);
        }
        catch (ConnectorFailureException failure)
        {
            say($"what becomes of job {job} cannot be written down, and it goes on: {failure.Message}");
        }
    }

    /// <summary>Forgets a job, its record and its logs.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void Remove(string job) => Guard(() =>
    {
        File.Delete(Of(job, Definition));
        File.Delete(Of(job, Record));
        if (Directory.Exists(LogsOf(job)))
        {
            Directory.Delete(LogsOf(job), recursive: true);
        }

        File.Delete(Of(job, ".record.lock"));
        File.Delete(Of(job, ".lock"));
    });

    /// <summary>The folder of its logs.</summary>
    public string LogsOf(string job) => Of(job, ".logs");

    /// <summary>For the process that runs the job; null when another does.</summary>
    /// <exception cref="ConnectorFailureException">The lock cannot be made or opened.</exception>
    public FileStream? TryLock(string job) => TryLock(Of(job, ".lock"), tries: 5);

    /// <summary>Whether a process runs it at this moment.</summary>
    /// <exception cref="ConnectorFailureException">That cannot be seen.</exception>
    public bool IsRunning(string job)
    {
        var isRunning = false;
        Guard(() => isRunning = Directory.Exists(_path) && OwnerFile.IsLocked(Of(job, ".lock")));
        return isRunning;
    }

    /// <summary>For the one service; null when there is another.</summary>
    /// <exception cref="ConnectorFailureException">The lock cannot be made or opened.</exception>
    public FileStream? TryLockService() => TryLock(Path.Combine(_path, "service.lock"), tries: 1);

    private string Listed() => Names() is { Count: > 0 } names ? "it has " + string.Join(", ", names) : "it has none";

    private string Of(string job, string ending) => Path.Combine(_path, job + ending);

    // Held for the time of one small write.
    private FileStream LockRecord(string job) => TryLock(Of(job, ".record.lock"), tries: 500)
        ?? throw new ConnectorFailureException(ExitCodes.StateFolder, $"The record of job '{job}' in {_path} is held by another process.");

    /// <summary>Who only looks holds a lock for a moment, in which nobody else gets it.</summary>
    private FileStream? TryLock(string path, int tries)
    {
        FileStream? alone = null;
        Guard(() =>
        {
            OwnerFile.MakeFolder(_path);
            while ((alone = OwnerFile.TryLock(path)) is null && --tries > 0)
            {
                Thread.Sleep(s_look);
            }
        });
        return alone;
    }

    private static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize(file, type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private void Write(string path, Action<Stream> write) => Guard(() =>
    {
        OwnerFile.MakeFolder(_path);
        OwnerFile.Replace(path, write);
    });

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The jobs in {_path} cannot be used: {e.Message}", e);
        }
    }
}
