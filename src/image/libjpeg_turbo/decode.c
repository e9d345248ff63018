/* What espalier asks of libjpeg-turbo: the bytes of a JPEG file to samples. */

#include "codec.h"

/* Damage that was worked round: the first of a file. */
IMPORT("complain") void complain(const char *text, int length);

static struct {
  int width, height, channels, adobe;
} image;

static void on_message(j_common_ptr codec, int level)
{
  const int is_warning = level < 0;
  char text[JMSG_LENGTH_MAX];
  if (!is_warning || codec->err->num_warnings++ > 0) return;
  codec->err->format_message(codec, text);
  complain(text, strlen(text));
}

/* Returns width * height * channels samples: RGB, or CMYK as the file has it. */
EXPORT("decode")
unsigned char *decode(const unsigned char *file, int length, int fast)
{
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, file, length);
  jpeg_read_header(&codec, TRUE);
  const int has_black = codec.jpeg_color_space == JCS_CMYK ||
                        codec.jpeg_color_space == JCS_YCCK;
  codec.out_color_space = has_black ? JCS_CMYK : JCS_RGB;
  codec.dct_method = fast ? JDCT_IFAST : JDCT_ISLOW;
  jpeg_start_decompress(&codec);
  const size_t row = (size_t)codec.output_width * codec.output_components;
  unsigned char *samples = malloc(row * codec.output_height);
  if (!samples) fail("Insufficient memory", 19);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW to = samples + row * codec.output_scanline;
    jpeg_read_scanlines(&codec, &to, 1);
  }
  image.width = codec.output_width;
  image.height = codec.output_height;
  image.channels = codec.output_components;
  image.adobe = codec.saw_Adobe_marker;
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return samples;
}

EXPORT("width") int width(void) { return image.width; }
EXPORT("height") int height(void) { return image.height; }
EXPORT("channels") int channels(void) { return image.channels; }
EXPORT("adobe") int adobe(void) { return image.adobe; }
