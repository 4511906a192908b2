using Headgate.Protocol.Services;

namespace Headgate.Protocol.Tests.Services;

/// <summary>The log of a service that has no console.</summary>
public sealed class RollingLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "log", "service.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_WhenAFileIsFull_KeepsSoManyOlderOnes()
    {
        using (var log = new RollingLog(FilePath, maxBytes: 20, kept: 2))
        {
            for (var i = 0; i < 10; i++)
            {
                log.WriteLine($"line {i}---");
            }
        }

        Assert.Equal(["line 8---", "line 9---"], File.ReadAllLines(FilePath));
        Assert.Equal(["line 6---", "line 7---"], File.ReadAllLines(FilePath + ".1"));
        Assert.Equal(["line 4---", "line 5---"], File.ReadAllLines(FilePath + ".2"));
        Assert.Equal(3, Directory.GetFiles(Path.GetDirectoryName(FilePath)!).Length);
    }

    [Fact]
    public void Write_OfPieces_IsOneLineAndSeenAtOnce()
    {
        using var log = new RollingLog(FilePath);
        log.Write("a");
        log.Write('b');
        log.Write("d");
        log.Write("\n");
        log.WriteLine("{0} and {1}", 1, 2);
        using var reader = new StreamReader(new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal("abd\n1 and 2" + Environment.NewLine, reader.ReadToEnd());
    }

    [Fact]
    public void Write_WhenItCannot_LosesAndCounts()
    {
        using var log = new RollingLog(FilePath);
        Directory.CreateDirectory(FilePath);
        log.WriteLine("lost");
        Assert.Equal(1, log.Lost);
        Directory.Delete(FilePath);
        log.WriteLine("kept");
        Assert.Equal(1, log.Lost);
    }

    [Fact]
    public void Write_AfterARestart_GoesOn()
    {
        foreach (var line in new[] { "first", "second" })
        {
            using var log = new RollingLog(FilePath);
            log.WriteLine(line);
        }

        Assert.Equal(["first", "second"], File.ReadAllLines(FilePath));
    }
}
