using Headgate.Protocol.Naming;

namespace Headgate.Repository;

/// <summary>Says everything that is wrong with the options at once.</summary>
internal static class RepositoryOptionsValidator
{
    private const long LeastSessionBytes = 1 << 20;
    private const long MostSessionBytes = 1L << 40;

    /// <summary>One sentence for each fault, with what was given and what is allowed; none when the options are good.</summary>
    public static IReadOnlyList<string> Validate(RepositoryOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            faults.Add("--data is empty: name the folder that keeps this repository's identity.");
        }
        else if (File.Exists(options.DataDirectory))
        {
            faults.Add($"--data {options.DataDirectory} is a file: name a folder.");
        }

        if (!string.IsNullOrWhiteSpace(options.DataDirectory) && File.Exists(options.StorageDirectory))
        {
            faults.Add($"--path {options.StorageDirectory} is a file: name a folder.");
        }

        if (options.Listen.Count == 0)
        {
            faults.Add("--listen is missing: name at least one ADDRESS:PORT, such as 0.0.0.0:6183.");
        }

        if (options.AccessCertificate is null != options.AccessKey is null)
        {
            faults.Add("--access-certificate and --access-key go together: give both or none.");
        }

        foreach (var (flag, file) in new[] { ("--access-certificate", options.AccessCertificate), ("--access-key", options.AccessKey) })
        {
            if (file is not null && !File.Exists(file))
            {
                faults.Add($"{flag} {file} does not exist: name a PEM file.");
            }
        }

        AddRange(options.StallTimeout, nameof(options.StallTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        AddRange(options.DrainTimeout, nameof(options.DrainTimeout), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        AddRange(options.SilenceTimeout, nameof(options.SilenceTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
        AddRange(options.LeaseTimeout, nameof(options.LeaseTimeout), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        AddRange(options.StopTimeout, nameof(options.StopTimeout), TimeSpan.Zero, TimeSpan.FromHours(1));
        AddCount(options.MaxConnections, nameof(options.MaxConnections), 1_000_000);
        AddCount(options.MaxLocksPerTenant, nameof(options.MaxLocksPerTenant), 100_000);
        AddCount(options.MaxRepositoriesPerTenant, nameof(options.MaxRepositoriesPerTenant), 1_000_000);
        AddRange(options.SessionWait, "--session-wait", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        if (options.MaxSessionsPerTenant is < 1 or > 10_000)
        {
            faults.Add($"--sessions-per-tenant is {options.MaxSessionsPerTenant}: allowed is 1 to 10000.");
        }

        if (options.SessionBytes is < LeastSessionBytes or > MostSessionBytes)
        {
            faults.Add(
                $"--session-memory is {ByteSize.Format(options.SessionBytes)}: allowed is {ByteSize.Format(LeastSessionBytes)} to {ByteSize.Format(MostSessionBytes)}.");
        }

        return faults;

        void AddRange(TimeSpan value, string name, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                faults.Add($"{name} is {value}: allowed is {least} to {most}.");
            }
        }

        void AddCount(int value, string name, int most)
        {
            if (value < 1 || value > most)
            {
                faults.Add($"{name} is {value}: allowed is 1 to {most}.");
            }
        }
    }
}
